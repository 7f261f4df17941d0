// Once for each type of numbers with a point, which is `__Float`: fixed-point in circuits.

impl __Float {
    pub fn abs(self) -> __Float {
        if self < 0.0 { -self } else { self }
    }
    pub fn min(self, other: __Float) -> __Float {
        if other < self { other } else { self }
    }
    pub fn max(self, other: __Float) -> __Float {
        if self < other { other } else { self }
    }
    pub fn clamp(self, low: __Float, high: __Float) -> __Float {
        self.max(low).min(high)
    }
    pub fn sqrt(self) -> __Float {
        __sqrt(self)
    }
    pub fn exp(self) -> __Float {
        __exp(self)
    }
    pub fn exp2(self) -> __Float {
        __exp2(self)
    }
    pub fn ln(self) -> __Float {
        __ln(self)
    }
    pub fn log2(self) -> __Float {
        __log2(self)
    }
}
impl Add for __Float {
    type Output = __Float;
    fn add(self, other: __Float) -> __Float {
        self + other
    }
}
impl Sub for __Float {
    type Output = __Float;
    fn sub(self, other: __Float) -> __Float {
        self - other
    }
}
impl Mul for __Float {
    type Output = __Float;
    fn mul(self, other: __Float) -> __Float {
        self * other
    }
}
impl Div for __Float {
    type Output = __Float;
    fn div(self, other: __Float) -> __Float {
        self / other
    }
}
impl Neg for __Float {
    type Output = __Float;
    fn neg(self) -> __Float {
        -self
    }
}
impl Sum<__Float> for __Float {
    fn sum<I: Iterator<Item = __Float>>(iterator: I) -> __Float {
        iterator.__tree(|a: __Float, b: __Float| a + b, 0.0)
    }
}
impl Sum<&__Float> for __Float {
    fn sum<I: Iterator<Item = &__Float>>(iterator: I) -> __Float {
        iterator.map(|x| *x).__tree(|a: __Float, b: __Float| a + b, 0.0)
    }
}
