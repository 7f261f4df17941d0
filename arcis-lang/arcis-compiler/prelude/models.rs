// Functions of numbers with a point, and models made of them.

pub struct ArcisMath {}
impl ArcisMath {
    pub fn sigmoid<T>(x: T) -> T {
        __sigmoid(x)
    }
    pub fn expit<T>(x: T) -> T {
        __sigmoid(x)
    }
    pub fn logit<T>(x: T) -> T {
        __logit(x)
    }
}
pub fn sigmoid<T>(x: T) -> T {
    __sigmoid(x)
}
pub fn expit<T>(x: T) -> T {
    __sigmoid(x)
}
pub fn logit<T>(x: T) -> T {
    __logit(x)
}

pub trait Features {
    fn __list(self) -> Box<[f64]>;
}
impl<const N: usize> Features for [f64; N] {
    fn __list(self) -> Box<[f64]> {
        __list_of(self)
    }
}
impl<const N: usize> Features for &[f64; N] {
    fn __list(self) -> Box<[f64]> {
        self.to_vec()
    }
}
impl Features for &[f64] {
    fn __list(self) -> Box<[f64]> {
        self.to_vec()
    }
}
impl Features for Box<[f64]> {
    fn __list(self) -> Box<[f64]> {
        self
    }
}
impl Features for &Box<[f64]> {
    fn __list(self) -> Box<[f64]> {
        self.to_vec()
    }
}

pub struct LinearRegression {
    coefficients: Box<[f64]>,
    intercept: f64,
}
impl LinearRegression {
    pub fn new<F: Features>(coefficients: F, intercept: f64) -> LinearRegression {
        LinearRegression { coefficients: coefficients.__list(), intercept }
    }
    pub fn predict<F: Features>(&self, features: F) -> f64 {
        let features = features.__list();
        if features.len() != self.coefficients.len() {
            panic!("a model takes as many features as it has coefficients");
        }
        let mut terms = __empty_list();
        __push(&mut terms, self.intercept);
        for i in 0..features.len() {
            __push(&mut terms, self.coefficients[i] * features[i]);
        }
        __tree(terms, |a: f64, b: f64| a + b).unwrap_or(0.0)
    }
}

pub struct LogisticRegression {
    linear: LinearRegression,
}
impl LogisticRegression {
    pub fn new<F: Features>(coefficients: F, intercept: f64) -> LogisticRegression {
        LogisticRegression { linear: LinearRegression::new(coefficients, intercept) }
    }
    pub fn decision_function<F: Features>(&self, features: F) -> f64 {
        self.linear.predict(features)
    }
    pub fn predict_proba<F: Features>(&self, features: F) -> f64 {
        __sigmoid(self.linear.predict(features))
    }
    pub fn predict<F: Features>(&self, features: F) -> bool {
        self.linear.predict(features) > 0.0
    }
}
