// What circuits often need, as functions: selection, tables, sums of products, statistics.

pub mod gadgets {
    pub fn top_k<const K: usize, T: Ord + Copy>(values: &[T]) -> [T; K] {
        if values.len() < K {
            panic!("there are fewer values than are asked for");
        }
        let mut sorted = values.to_vec();
        sorted.sort();
        std::array::from_fn(|i| sorted[sorted.len() - 1 - i])
    }
    pub fn median<T: Ord + Copy>(values: &[T]) -> T {
        if values.len() == 0 {
            panic!("there is no median of nothing");
        }
        let mut sorted = values.to_vec();
        sorted.sort();
        sorted[(sorted.len() - 1) / 2]
    }
    pub fn histogram<const BUCKETS: usize>(places: &[usize]) -> [u64; BUCKETS] {
        let mut counts = [0u64; BUCKETS];
        for place in places {
            let mut is_here = [false; BUCKETS];
            is_here[*place] = true;
            for bucket in 0..BUCKETS {
                counts[bucket] += is_here[bucket] as u64;
            }
        }
        counts
    }
    pub fn lookup<T: Copy + Default>(table: &[T], place: usize) -> T {
        table[place]
    }
    pub fn dot<T: Copy + Default + Add<Output = T> + Mul<Output = T>>(a: &[T], b: &[T]) -> T {
        if a.len() != b.len() {
            panic!("the two have different lengths");
        }
        let mut terms = __empty_list();
        for i in 0..a.len() {
            __push(&mut terms, a[i] * b[i]);
        }
        __tree(terms, |x: T, y: T| x + y).unwrap_or(T::default())
    }
    pub fn matrix_vector<const ROWS: usize, const COLUMNS: usize, T: Copy + Default + Add<Output = T> + Mul<Output = T>>(
        matrix: &[[T; COLUMNS]; ROWS],
        vector: &[T; COLUMNS],
    ) -> [T; ROWS] {
        std::array::from_fn(|row| dot(&matrix[row], vector))
    }
    pub fn mean(values: &[f64]) -> f64 {
        if values.len() == 0 {
            panic!("there is no mean of nothing");
        }
        let mut terms = __empty_list();
        for value in values {
            __push(&mut terms, *value);
        }
        __tree(terms, |x: f64, y: f64| x + y).unwrap_or(0.0) * (1.0 / (values.len() as f64))
    }
    pub fn covariance(a: &[f64], b: &[f64]) -> f64 {
        if a.len() != b.len() {
            panic!("the two have different lengths");
        }
        let (mean_a, mean_b) = (mean(a), mean(b));
        let mut terms = __empty_list();
        for i in 0..a.len() {
            __push(&mut terms, (a[i] - mean_a) * (b[i] - mean_b));
        }
        __tree(terms, |x: f64, y: f64| x + y).unwrap_or(0.0) * (1.0 / (a.len() as f64))
    }
    pub fn variance(values: &[f64]) -> f64 {
        covariance(values, values)
    }
    pub fn standard_deviation(values: &[f64]) -> f64 {
        variance(values).sqrt()
    }
}
