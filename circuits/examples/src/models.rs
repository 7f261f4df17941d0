//! Models that are public on data that is secret, and the other way round.

use arcis::encrypted;

/// The circuits.
#[encrypted]
pub mod circuits {
    use arcis::*;

    const SCORE: [f64; 4] = [0.8, -1.5, 0.25, 2.0];
    const RENT: [f64; 3] = [14.5, 120.0, -3.25];

    /// Inputs of the network.
    pub const INPUTS: usize = 8;
    /// Neurons of its middle layer.
    pub const HIDDEN: usize = 6;
    /// What it tells apart.
    pub const CLASSES: usize = 3;

    /// A network of two layers.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Network {
        /// Weights of the middle layer.
        pub hidden: Matrix<HIDDEN, INPUTS>,
        /// Weights of the last layer.
        pub output: Matrix<CLASSES, HIDDEN>,
    }

    /// A matrix of small integers.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Matrix<const ROWS: usize, const COLUMNS: usize> {
        /// Its rows.
        pub rows: [[i8; COLUMNS]; ROWS],
    }

    fn dot<const N: usize>(a: &[i8; N], b: &[i16; N]) -> i32 {
        a.iter().zip(b.iter()).map(|(x, y)| *x as i32 * *y as i32).sum()
    }

    impl<const ROWS: usize, const COLUMNS: usize> Matrix<ROWS, COLUMNS> {
        fn times(&self, vector: &[i16; COLUMNS]) -> [i32; ROWS] {
            self.rows.map(|row| dot(&row, vector))
        }
    }

    /// Scores an applicant by a public logistic model: only the applicant learns the chance, and whether it is enough.
    #[instruction]
    pub fn score(applicant: Enc<Shared, [f64; 4]>) -> Enc<Shared, (f64, bool)> {
        let features = applicant.to_arcis();
        let model = LogisticRegression::new(&SCORE, -0.5);
        applicant.owner.from_arcis((model.predict_proba(&features), model.predict(&features)))
    }

    /// Estimates a rent by a public linear model.
    #[instruction]
    pub fn estimate_rent(flat: Enc<Shared, [f64; 3]>) -> Enc<Shared, f64> {
        let model = LinearRegression::new(&RENT, 250.0);
        flat.owner.from_arcis(model.predict(&flat.to_arcis()))
    }

    /// Fits a line through secret points, by least squares: slope and intercept.
    #[instruction]
    pub fn fit_line(points: Enc<Shared, [(f64, f64); 8]>) -> Enc<Shared, (f64, f64)> {
        let data = points.to_arcis();
        let count = data.len() as f64;
        let mean_x = data.iter().map(|point| point.0).sum::<f64>() / count;
        let mean_y = data.iter().map(|point| point.1).sum::<f64>() / count;
        let mut covariance = 0.0;
        let mut variance = 0.0;
        for (x, y) in data {
            covariance += (x - mean_x) * (y - mean_y);
            variance += (x - mean_x) * (x - mean_x);
        }
        let slope = covariance / variance;
        points.owner.from_arcis((slope, mean_y - slope * mean_x))
    }

    /// Classifies secret inputs by a secret network, in integers: the owner of the network learns nothing, and the client
    /// only the class.
    #[instruction]
    pub fn classify(inputs: Enc<Shared, [i16; INPUTS]>, network: Enc<Mxe, Network>) -> Enc<Shared, u8> {
        let network = network.to_arcis();
        let hidden =
            network.hidden.times(&inputs.to_arcis()).map(|x| if x > 0 { (x >> 8) as i16 } else { 0 });
        let scores = network.output.times(&hidden);
        let best = (0..CLASSES).max_by_key(|class| (scores[*class], CLASSES - *class));
        inputs.owner.from_arcis(best.unwrap_or(0) as u8)
    }

    /// The product of two secret matrices.
    #[instruction]
    pub fn multiply(
        a: Enc<Shared, [[i16; 3]; 3]>,
        b: Enc<Shared, [[i16; 3]; 3]>,
    ) -> Enc<Shared, [[i32; 3]; 3]> {
        let (left, right) = (a.to_arcis(), b.to_arcis());
        let mut product = [[0; 3]; 3];
        for i in 0..3 {
            for j in 0..3 {
                for k in 0..3 {
                    product[i][j] += left[i][k] as i32 * right[k][j] as i32;
                }
            }
        }
        a.owner.from_arcis(product)
    }
}
