//! The batch auction, as it is written: lists are filtered and sorted for every question anew.

use crate::{Lifetime, Placed, Pool, Report, fee};

/// An order in the auction.
#[derive(Clone, Copy, Debug)]
struct Bid {
    place: usize,
    account: usize,
    sells: bool,
    /// The worst price, with the midpoint of pegged orders in it.
    limit: u128,
    lots: u128,
    minimum: u128,
    arrival: u32,
}

impl Bid {
    fn accepts(&self, price: u128) -> bool {
        if self.sells { self.limit <= price } else { self.limit >= price }
    }

    fn is_better_than(&self, limit: u128) -> bool {
        if self.sells { self.limit < limit } else { self.limit > limit }
    }
}

/// The one price and who trades how much.
#[derive(Clone, Debug, Default)]
struct Cleared {
    volume: u128,
    low: u128,
    high: u128,
    /// Place, lots, and whether the order gets a part only, for those that get anything or have a part.
    shares: Vec<(Bid, u128, bool)>,
    /// What is left when shares are rounded down.
    left_over: u128,
}

impl Pool {
    /// Runs a batch.
    pub fn batch(&mut self, slot: u64, basis_points: u128, midpoint: Option<u128>) -> Report {
        let bids = self.bids(slot, midpoint);
        let cleared = auction(bids);
        self.batches += 1;
        self.volume += cleared.volume;
        let price = match midpoint {
            Some(midpoint) => midpoint.max(cleared.low).min(cleared.high),
            None => (cleared.low + cleared.high) / 2,
        };
        for (bid, lots, _) in &cleared.shares {
            let placed = self.places[bid.place].as_mut().expect("it took part");
            let value = lots * price;
            let paid = fee(value, basis_points);
            self.fees += paid;
            placed.terms.size -= lots;
            if bid.sells {
                placed.money.base -= lots;
                placed.money.quote += value - paid;
            } else {
                placed.money.base += lots;
                placed.money.quote -= value + paid;
            }
        }
        for placed in self.places.iter_mut().flatten() {
            placed.terms.minimum = placed.terms.minimum.min(placed.terms.size);
            if ends(placed, slot) {
                placed.terms.size = 0;
            }
        }
        let price = if cleared.volume == 0 { 0 } else { price };
        Report { batch: self.batches, price, volume: cleared.volume }
    }

    /// Who takes part.
    fn bids(&self, slot: u64, midpoint: Option<u128>) -> Vec<Bid> {
        let mut able = Vec::new();
        for (place, placed) in self.places.iter().enumerate() {
            let Some(placed) = placed else { continue };
            let terms = placed.terms;
            let expired = matches!(terms.lifetime, Lifetime::Slot(last) if last < slot);
            if terms.size == 0 || expired || (terms.pegged && midpoint.is_none()) {
                continue;
            }
            let limit = match midpoint.filter(|_| terms.pegged) {
                Some(midpoint) if terms.sells => terms.limit.max(midpoint),
                Some(midpoint) => terms.limit.min(midpoint),
                None => terms.limit,
            };
            able.push(Bid {
                place,
                account: placed.account,
                sells: terms.sells,
                limit,
                lots: terms.size,
                minimum: terms.minimum,
                arrival: placed.arrival,
            });
        }
        let yields = |bid: &Bid| {
            able.iter().any(|other| {
                let (buyer, seller) = if bid.sells { (other, bid) } else { (bid, other) };
                other.account == bid.account
                    && other.sells != bid.sells
                    && other.arrival < bid.arrival
                    && buyer.limit >= seller.limit
            })
        };
        able.iter().filter(|bid| !yields(bid)).copied().collect()
    }
}

/// Whether an order is over after a batch in this slot.
fn ends(placed: &Placed, slot: u64) -> bool {
    match placed.terms.lifetime {
        Lifetime::Cancelled => false,
        Lifetime::Slot(last) => last < slot,
        Lifetime::NextBatch | Lifetime::AllOrNothing => true,
    }
}

/// The auction with its three rounds, and what is left over given out.
fn auction(bids: Vec<Bid>) -> Cleared {
    let first = clear(&bids);
    let refused = first.refused();
    let bids: Vec<Bid> = bids.into_iter().filter(|bid| !refused.contains(&bid.place)).collect();
    let second = clear(&bids);
    let mut last = if second.refused().is_empty() {
        second
    } else {
        let unconditional: Vec<Bid> = bids.into_iter().filter(|bid| bid.minimum <= 1).collect();
        clear(&unconditional)
    };
    let mut waiting: Vec<_> = last.shares.iter_mut().filter(|(_, _, part)| *part).collect();
    waiting.sort_by_key(|(bid, _, _)| bid.arrival);
    for (_, lots, _) in waiting.into_iter().take(last.left_over as usize) {
        *lots += 1;
    }
    last
}

impl Cleared {
    /// Orders whose part is less than they ask for.
    fn refused(&self) -> Vec<usize> {
        let too_little =
            |(bid, lots, part): &&(Bid, u128, bool)| *part && bid.minimum > 1 && *lots < bid.minimum;
        self.shares.iter().filter(too_little).map(|(bid, _, _)| bid.place).collect()
    }
}

/// The price, and what each gets of it before what is left over.
fn clear(bids: &[Bid]) -> Cleared {
    let lots = |sells: bool, price: u128| -> u128 {
        bids.iter().filter(|bid| bid.sells == sells && bid.accepts(price)).map(|bid| bid.lots).sum()
    };
    let volume_at = |price: u128| lots(false, price).min(lots(true, price));
    let mut prices: Vec<u128> = bids.iter().map(|bid| bid.limit).collect();
    prices.sort_unstable();
    let volume = prices.iter().map(|price| volume_at(*price)).max().unwrap_or(0);
    if volume == 0 {
        return Cleared::default();
    }
    let best: Vec<u128> = prices.into_iter().filter(|price| volume_at(*price) == volume).collect();
    let (low, high) = (best[0], best[best.len() - 1]);
    let mut cleared = Cleared { volume, low, high, ..Cleared::default() };
    for sells in [false, true] {
        let edge = if sells { low } else { high };
        let side = bids.iter().filter(|bid| bid.sells == sells);
        let (better, rest): (Vec<&Bid>, Vec<&Bid>) = side.partition(|bid| bid.is_better_than(edge));
        let on_edge: Vec<&Bid> = rest.into_iter().filter(|bid| bid.limit == edge).collect();
        let for_edge = volume - better.iter().map(|bid| bid.lots).sum::<u128>();
        let of_edge: u128 = on_edge.iter().map(|bid| bid.lots).sum();
        cleared.shares.extend(better.into_iter().map(|bid| (*bid, bid.lots, false)));
        if for_edge == of_edge {
            cleared.shares.extend(on_edge.into_iter().map(|bid| (*bid, bid.lots, false)));
            continue;
        }
        cleared.left_over = for_edge;
        for bid in on_edge {
            let share = bid.lots * for_edge / of_edge;
            cleared.left_over -= share;
            cleared.shares.push((*bid, share, true));
        }
    }
    cleared
}
