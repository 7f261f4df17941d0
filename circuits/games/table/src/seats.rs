//! Sets of seats.

/// Seats at a table.
pub const SEATS: usize = 9;

/// A set of seats: of each a bit, as the circuits take them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seats(pub u16);

impl Seats {
    /// Whether a seat is in it.
    pub fn contains(self, seat: u8) -> bool {
        usize::from(seat) < SEATS && self.0 >> seat & 1 == 1
    }

    /// With one more seat.
    #[must_use]
    pub fn with(self, seat: u8) -> Self {
        Self(self.0 | 1 << seat)
    }

    /// How many there are.
    pub fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of them are in another set.
    pub fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// In the order of the table, beginning behind a seat; that seat comes last.
    pub fn after(self, seat: u8) -> impl Iterator<Item = u8> {
        seats_after(seat).filter(move |it| self.contains(*it))
    }
}

impl FromIterator<u8> for Seats {
    fn from_iter<I: IntoIterator<Item = u8>>(seats: I) -> Self {
        seats.into_iter().fold(Self::default(), Self::with)
    }
}

/// All seats in the order of the table, beginning behind one; that one comes last.
pub fn seats_after(seat: u8) -> impl Iterator<Item = u8> {
    (1..=SEATS as u8).map(move |step| (seat + step) % SEATS as u8)
}
