//! Making a value public.

/// `.reveal()`: from here on everybody knows the value. It is the only way out of secrecy, and the compiler refuses it
/// where a secret decides whether it happens.
pub trait Reveal: Sized {
    /// The same value, public.
    fn reveal(self) -> Self {
        self
    }
}

impl<T> Reveal for T {}
