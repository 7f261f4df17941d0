//! Functions of numbers with a point, and models made of them.

/// `f32` and `f64`.
pub trait Float: Copy + sealed::Sealed {
    /// 1 / (1 + e^-x)
    fn sigmoid(self) -> Self;
    /// ln (x / (1 - x))
    fn logit(self) -> Self;
}

macro_rules! floats {
    ($($float:ty),*) => {$(
        impl sealed::Sealed for $float {}
        impl Float for $float {
            fn sigmoid(self) -> Self {
                1.0 / (1.0 + (-self).exp())
            }

            fn logit(self) -> Self {
                (self / (1.0 - self)).ln()
            }
        }
    )*};
}
floats!(f32, f64);

/// The logistic function, 1 / (1 + e^-x).
pub fn sigmoid<T: Float>(x: T) -> T {
    x.sigmoid()
}

/// The logistic function, under its other name.
pub fn expit<T: Float>(x: T) -> T {
    x.sigmoid()
}

/// The inverse of the logistic function, ln (x / (1 - x)).
pub fn logit<T: Float>(x: T) -> T {
    x.logit()
}

/// Functions of numbers with a point.
#[derive(Clone, Copy, Debug)]
pub struct ArcisMath;

impl ArcisMath {
    /// See [`sigmoid`].
    pub fn sigmoid<T: Float>(x: T) -> T {
        x.sigmoid()
    }

    /// See [`expit`].
    pub fn expit<T: Float>(x: T) -> T {
        x.sigmoid()
    }

    /// See [`logit`].
    pub fn logit<T: Float>(x: T) -> T {
        x.logit()
    }
}

/// What a model takes: arrays and slices of numbers, and boxes and references of them.
pub trait Features {
    /// The numbers.
    fn features(&self) -> &[f64];
}

impl<const N: usize> Features for [f64; N] {
    fn features(&self) -> &[f64] {
        self
    }
}

impl Features for [f64] {
    fn features(&self) -> &[f64] {
        self
    }
}

impl<F: Features + ?Sized> Features for &F {
    fn features(&self) -> &[f64] {
        (**self).features()
    }
}

impl<F: Features + ?Sized> Features for Box<F> {
    fn features(&self) -> &[f64] {
        (**self).features()
    }
}

/// A linear model: the intercept plus the sum of the features, each times its coefficient.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearRegression {
    coefficients: Box<[f64]>,
    intercept: f64,
}

impl LinearRegression {
    /// The model with these coefficients.
    pub fn new<F: Features>(coefficients: F, intercept: f64) -> Self {
        Self { coefficients: coefficients.features().into(), intercept }
    }

    /// What the model says of these features.
    ///
    /// # Panics
    /// When there are not as many features as coefficients; the compiler reports that.
    pub fn predict<F: Features>(&self, features: F) -> f64 {
        let features = features.features();
        assert_eq!(features.len(), self.coefficients.len(), "as many features as coefficients");
        self.coefficients.iter().zip(features).fold(self.intercept, |sum, (a, b)| sum + a * b)
    }
}

/// A logistic model: the chance is the [`sigmoid`] of a linear one.
#[derive(Clone, Debug, PartialEq)]
pub struct LogisticRegression {
    linear: LinearRegression,
}

impl LogisticRegression {
    /// The model with these coefficients.
    pub fn new<F: Features>(coefficients: F, intercept: f64) -> Self {
        Self { linear: LinearRegression::new(coefficients, intercept) }
    }

    /// What the linear part says.
    pub fn decision_function<F: Features>(&self, features: F) -> f64 {
        self.linear.predict(features)
    }

    /// The chance of the positive class.
    pub fn predict_proba<F: Features>(&self, features: F) -> f64 {
        self.linear.predict(features).sigmoid()
    }

    /// Whether the positive class is the likelier one.
    pub fn predict<F: Features>(&self, features: F) -> bool {
        self.linear.predict(features) > 0.0
    }
}

mod sealed {
    pub trait Sealed {}
}
