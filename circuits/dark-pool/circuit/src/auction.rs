//! The batch auction: who takes part, the one price, and how much of each order is traded. The rules are in the README.
//!
//! Orders are compared pair by pair, in blocks of eight, all at the same time, instead of by a sorting network: that takes
//! more ANDs (2,016 comparisons where a network has 543) and 7 rounds instead of 150, and says which of an account's own
//! orders would meet.

use arcis::*;

#[encrypted_library]
mod arcis_library {
    use arcis::*;

    /// Orders of a pool.
    pub const ORDERS: usize = 64;
    /// Orders of a block.
    const BLOCK: usize = 8;
    const BLOCKS: usize = ORDERS / BLOCK;
    /// Places behind the point of a ratio: more than a sum of `ORDERS` sizes has bits, so that shares rounded down leave
    /// at most one lot an order.
    const RATIO_PLACES: u32 = 38;

    /// An order as the auction sees it.
    #[derive(Clone, Copy)]
    pub struct Interest {
        /// Whether it takes part.
        pub active: bool,
        /// Whether it sells.
        pub sells: bool,
        /// The account that it is of.
        pub owner: u8,
        /// The worst price.
        pub limit: u32,
        /// Lots.
        pub left: u32,
        /// The least lots to trade.
        pub minimum: u32,
        /// Which came first.
        pub arrival: u32,
    }

    /// What comparing orders of two blocks says about each of the first block, as bits by the place in the second.
    #[derive(Clone, Copy, Default)]
    struct Compared {
        /// How many are before it in the order of prices.
        before: u8,
        /// Which came before it.
        older: u8,
        /// Whether it yields to one of its own account.
        yields: bool,
    }

    /// How two orders stand to each other.
    #[derive(Clone, Copy)]
    struct Pair {
        /// Whether the first is before the second in the order of prices: at one limit sellers are before buyers.
        before: bool,
        /// Whether the second came before the first.
        younger: bool,
        /// Whether they are of one account and would meet.
        meet: bool,
    }

    /// What decides who trades how much.
    #[derive(Clone, Copy)]
    pub struct Clearing {
        /// Lots that change hands.
        pub volume: u64,
        /// The lowest limit at which as many do: the worst limit of a seller who trades.
        pub low: u32,
        /// The highest: the worst limit of a buyer who trades.
        pub high: u32,
    }

    /// Which orders on the edge share what is left for them, and in what ratio.
    #[derive(Clone, Copy)]
    struct Ration {
        sells: bool,
        /// Lots that are for them.
        lots: u64,
        /// Of each lot of theirs, so many 2^-38ths.
        ratio: u64,
    }

    /// What becomes of an order.
    #[derive(Clone, Copy)]
    struct Share {
        /// Lots, before what is left over is given out.
        fill: u32,
        /// Whether it has a part only.
        rationed: bool,
        /// Whether that is less than it asks for.
        refused: bool,
    }

    /// Which lots are on the edge of either side, and beyond it.
    #[derive(Clone, Copy)]
    struct Standing {
        /// Better than the edge.
        full: u32,
        /// On it.
        edge: u32,
    }

    #[inline(never)]
    fn compare(a: &Interest, b: &Interest) -> Pair {
        let key_a = (a.limit as u64) << 1 | (!a.sells) as u64;
        let key_b = (b.limit as u64) << 1 | (!b.sells) as u64;
        let before = key_a <= key_b;
        let own = a.active && b.active && a.owner == b.owner && a.sells != b.sells;
        Pair { before, younger: b.arrival < a.arrival, meet: own && a.sells == before }
    }

    fn note(of: &mut Compared, other: usize, before: bool, older: bool, meet: bool) {
        of.before += before as u8;
        of.older |= (older as u8) << other as u32;
        of.yields |= meet && older;
    }

    /// Two different blocks.
    #[inline(never)]
    fn compare_blocks(a: [Interest; BLOCK], b: [Interest; BLOCK]) -> [[Compared; BLOCK]; 2] {
        let mut of = [[Compared::default(); BLOCK]; 2];
        for i in 0..BLOCK {
            for j in 0..BLOCK {
                let pair = compare(&a[i], &b[j]);
                note(&mut of[0][i], j, !pair.before, pair.younger, pair.meet);
                note(&mut of[1][j], i, pair.before, !pair.younger, pair.meet);
            }
        }
        of
    }

    #[inline(never)]
    fn compare_within(a: [Interest; BLOCK]) -> [Compared; BLOCK] {
        let mut of = [Compared::default(); BLOCK];
        for i in 0..BLOCK {
            for j in i + 1..BLOCK {
                let pair = compare(&a[i], &a[j]);
                note(&mut of[i], j, !pair.before, pair.younger, pair.meet);
                note(&mut of[j], i, pair.before, !pair.younger, pair.meet);
            }
        }
        of
    }

    fn block(orders: &[Interest; ORDERS], number: usize) -> [Interest; BLOCK] {
        let mut of = [orders[0]; BLOCK];
        for place in 0..BLOCK {
            of[place] = orders[number * BLOCK + place];
        }
        of
    }

    /// All orders compared with all others.
    struct Standings {
        /// The place of each in the order of prices.
        rank: [u8; ORDERS],
        /// Which came before each, as bits.
        older: [u64; ORDERS],
        /// Whether each yields to an older one of its own account.
        yields: [bool; ORDERS],
    }

    fn compare_all(orders: &[Interest; ORDERS]) -> Standings {
        let mut of = Standings { rank: [0; ORDERS], older: [0; ORDERS], yields: [false; ORDERS] };
        for i in 0..BLOCKS {
            for j in i..BLOCKS {
                let (first, second) = if i == j {
                    (compare_within(block(orders, i)), [Compared::default(); BLOCK])
                } else {
                    let both = compare_blocks(block(orders, i), block(orders, j));
                    (both[0], both[1])
                };
                for place in 0..BLOCK {
                    let (a, b) = (i * BLOCK + place, j * BLOCK + place);
                    of.rank[a] += first[place].before;
                    of.older[a] |= (first[place].older as u64) << (j * BLOCK) as u32;
                    of.yields[a] |= first[place].yields;
                    if i != j {
                        of.rank[b] += second[place].before;
                        of.older[b] |= (second[place].older as u64) << (i * BLOCK) as u32;
                        of.yields[b] |= second[place].yields;
                    }
                }
            }
        }
        of
    }

    /// Which order has this rank, as bits.
    #[inline(never)]
    fn holder(rank: u8, ranks: [u8; ORDERS]) -> u64 {
        let mut holder = 0;
        for order in 0..ORDERS {
            holder |= ((ranks[order] == rank) as u64) << order as u32;
        }
        holder
    }

    /// The word of the holder.
    #[inline(never)]
    fn pick(holder: u64, words: [u128; ORDERS]) -> u128 {
        let mut found = 0;
        for order in 0..ORDERS {
            found ^= if holder >> order as u32 & 1 == 1 { words[order] } else { 0 };
        }
        found
    }

    /// The orders by price.
    struct Sorted {
        holder: [u64; ORDERS],
        limit: [u32; ORDERS],
        left: [u32; ORDERS],
        sells: [bool; ORDERS],
    }

    fn sort(orders: &[Interest; ORDERS], ranks: [u8; ORDERS]) -> Sorted {
        let mut words = [0u128; ORDERS];
        for order in 0..ORDERS {
            let Interest { limit, left, sells, .. } = orders[order];
            words[order] = limit as u128 | (left as u128) << 32 | (sells as u128) << 64;
        }
        let mut of =
            Sorted { holder: [0; ORDERS], limit: [0; ORDERS], left: [0; ORDERS], sells: [false; ORDERS] };
        for rank in 0..ORDERS {
            of.holder[rank] = holder(rank as u8, ranks);
            let word = pick(of.holder[rank], words);
            of.limit[rank] = word as u32;
            of.left[rank] = (word >> 32) as u32;
            of.sells[rank] = word >> 64 & 1 == 1;
        }
        of
    }

    /// Whether one of the orders, of which one at most is the holder, is set.
    #[inline(never)]
    fn holds(holder: u64, set: u64) -> bool {
        (holder & set).count_ones() & 1 == 1
    }

    fn as_bits(flags: &[bool; ORDERS]) -> u64 {
        let mut bits = 0;
        for place in 0..ORDERS {
            bits |= (flags[place] as u64) << place as u32;
        }
        bits
    }

    #[inline(never)]
    fn total(of: [u32; BLOCK]) -> u64 {
        let mut total = 0;
        for place in 0..BLOCK {
            total += of[place] as u64;
        }
        total
    }

    /// The sums of these blocks and of ever more of this one.
    #[inline(never)]
    fn running(before: [u64; BLOCKS], of: [u32; BLOCK]) -> [u64; BLOCK] {
        let mut sums = [0; BLOCK];
        for end in 0..BLOCK {
            let mut sum = 0;
            for block in 0..BLOCKS {
                sum += before[block];
            }
            for place in 0..BLOCK {
                sum += if place <= end { of[place] as u64 } else { 0 };
            }
            sums[end] = sum;
        }
        sums
    }

    /// For every place, the sum up to it.
    fn running_sums(of: &[u32; ORDERS]) -> [u64; ORDERS] {
        let mut sums = [0; ORDERS];
        let mut before = [0; BLOCKS];
        for number in 0..BLOCKS {
            let mut block = [0; BLOCK];
            for place in 0..BLOCK {
                block[place] = of[number * BLOCK + place];
            }
            let part = running(before, block);
            for place in 0..BLOCK {
                sums[number * BLOCK + place] = part[place];
            }
            before[number] = total(block);
        }
        sums
    }

    /// The prices at which most lots change hands, of the orders that are active.
    #[inline(never)]
    fn clear(limit: [u32; ORDERS], left: [u32; ORDERS], sells: [bool; ORDERS], active: [bool; ORDERS]) -> Clearing {
        let mut offered = [0u32; ORDERS];
        // From the highest price down.
        let mut wanted = [0u32; ORDERS];
        for rank in 0..ORDERS {
            let lots = if active[rank] { left[rank] } else { 0 };
            offered[rank] = if sells[rank] { lots } else { 0 };
            wanted[ORDERS - 1 - rank] = if sells[rank] { 0 } else { lots };
        }
        let supply = running_sums(&offered);
        let backwards = running_sums(&wanted);
        let mut demand = [0u64; ORDERS];
        let mut short = [false; ORDERS];
        for rank in 0..ORDERS {
            demand[rank] = backwards[ORDERS - 1 - rank];
            short[rank] = supply[rank] <= demand[rank];
        }
        // Supply rises with the price, demand falls: where they cross, the smaller one is largest.
        let mut below = 0u64;
        let mut above = if short[0] { 0 } else { demand[0] };
        for rank in 0..ORDERS {
            let crosses = short[rank] && !(rank + 1 < ORDERS && short[rank + 1]);
            below ^= if crosses { supply[rank] } else { 0 };
            if rank + 1 < ORDERS {
                above ^= if crosses { demand[rank + 1] } else { 0 };
            }
        }
        let volume = below.max(above);
        let mut enough_supply = [false; ORDERS];
        let mut enough_demand = [false; ORDERS];
        for rank in 0..ORDERS {
            enough_supply[rank] = supply[rank] >= volume;
            enough_demand[rank] = demand[rank] >= volume;
        }
        let (mut low, mut high) = (0u32, 0u32);
        for rank in 0..ORDERS {
            let first = enough_supply[rank] && !(rank > 0 && enough_supply[rank - 1]);
            let last = enough_demand[rank] && !(rank + 1 < ORDERS && enough_demand[rank + 1]);
            low ^= if first { limit[rank] } else { 0 };
            high ^= if last { limit[rank] } else { 0 };
        }
        Clearing { volume, low, high }
    }

    /// Where an order stands; nothing where nothing is traded, or it takes no part.
    #[inline(never)]
    fn standing(sells: bool, limit: u32, left: u32, trades: bool, low: u32, high: u32) -> Standing {
        let edge = if sells { low } else { high };
        let (less, equal) = (limit < edge, limit == edge);
        let better = if sells { less } else { !less && !equal };
        Standing {
            full: if trades && better { left } else { 0 },
            edge: if trades && equal { left } else { 0 },
        }
    }

    #[inline(never)]
    fn total_of_side(sells: [bool; ORDERS], lots: [u32; ORDERS], side: bool) -> u64 {
        let mut total = 0;
        for order in 0..ORDERS {
            total += if sells[order] == side { lots[order] as u64 } else { 0 };
        }
        total
    }

    /// Of the two sides, the one whose edge does not get all: one at most has more there than the other takes.
    #[inline(never)]
    fn ration(volume: u64, full: [u64; 2], edge: [u64; 2]) -> Ration {
        let (bought, sold) = (volume - full[0], volume - full[1]);
        let sells = bought == edge[0];
        let lots = if sells { sold } else { bought };
        let of = if sells { edge[1] } else { edge[0] };
        let ratio = ((lots as u128) << RATIO_PLACES) / of as u128;
        Ration { sells, lots, ratio: ratio as u64 }
    }

    #[inline(never)]
    fn share(standing: Standing, sells: bool, minimum: u32, by: Ration) -> Share {
        let rationed = standing.edge != 0 && sells == by.sells;
        // The ratio is at most one.
        let ratio = by.ratio & ((1 << (RATIO_PLACES + 1)) - 1);
        let part = (standing.edge as u128 * ratio as u128 >> RATIO_PLACES) as u32;
        let fill = standing.full | if sells == by.sells { part } else { standing.edge };
        Share { fill, rationed, refused: rationed && minimum > 1 && part < minimum }
    }

    /// Lots that were left over when shares were rounded down, to those that came first.
    #[inline(never)]
    fn one_more(rationed: bool, older: u64, all_rationed: u64, left_over: u64) -> bool {
        rationed && ((older & all_rationed).count_ones() as u64) < left_over
    }

    /// What an auction comes to.
    pub struct Trades {
        /// The edges.
        pub clearing: Clearing,
        /// Lots traded of each order.
        pub fill: [u32; ORDERS],
    }

    fn any(flags: &[bool; ORDERS]) -> bool {
        as_bits(flags) != 0
    }

    /// Runs the auction.
    pub fn run(orders: &[Interest; ORDERS]) -> Trades {
        let standings = compare_all(orders);
        let sorted = sort(orders, standings.rank);
        let mut active = [false; ORDERS];
        let mut sells = [false; ORDERS];
        for order in 0..ORDERS {
            active[order] = orders[order].active && !standings.yields[order];
            sells[order] = orders[order].sells;
        }
        let mut clearing = Clearing { volume: 0, low: 0, high: 0 };
        let mut fill = [0u32; ORDERS];
        for round in 0..3 {
            let bits = as_bits(&active);
            let mut active_by_rank = [false; ORDERS];
            for rank in 0..ORDERS {
                active_by_rank[rank] = holds(sorted.holder[rank], bits);
            }
            clearing = clear(sorted.limit, sorted.left, sorted.sells, active_by_rank);
            let trades = clearing.volume != 0;
            let mut standing_of = [Standing { full: 0, edge: 0 }; ORDERS];
            let (mut full, mut edge) = ([0u32; ORDERS], [0u32; ORDERS]);
            for order in 0..ORDERS {
                let Interest { sells, limit, left, .. } = orders[order];
                let trades = trades && active[order];
                standing_of[order] = standing(sells, limit, left, trades, clearing.low, clearing.high);
                full[order] = standing_of[order].full;
                edge[order] = standing_of[order].edge;
            }
            let full = [total_of_side(sells, full, false), total_of_side(sells, full, true)];
            let edge = [total_of_side(sells, edge, false), total_of_side(sells, edge, true)];
            let by = ration(clearing.volume, full, edge);
            let mut rationed = [false; ORDERS];
            let mut refused = [false; ORDERS];
            for order in 0..ORDERS {
                let share = share(standing_of[order], sells[order], orders[order].minimum, by);
                fill[order] = share.fill;
                rationed[order] = share.rationed;
                refused[order] = share.refused;
            }
            if round == 0 {
                for order in 0..ORDERS {
                    active[order] &= !refused[order];
                }
            } else if round == 1 {
                let none = any(&refused);
                for order in 0..ORDERS {
                    active[order] &= !(none && orders[order].minimum > 1);
                }
            } else {
                let mut shares = [0u32; ORDERS];
                for order in 0..ORDERS {
                    shares[order] = if rationed[order] { fill[order] } else { 0 };
                }
                let left_over = by.lots - total_of_side(sells, shares, by.sells);
                let all_rationed = as_bits(&rationed);
                for order in 0..ORDERS {
                    let more = one_more(rationed[order], standings.older[order], all_rationed, left_over);
                    fill[order] += more as u32;
                }
            }
        }
        Trades { clearing, fill }
    }
}
