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
    /// Places behind the point of a ratio: the bits of a size, and those of the sum of all.
    const RATIO_PLACES: u32 = 70;

    /// An order as the auction sees it: from the lowest bit its limit (32 bits), lots (32), side, whether it takes part, account
    /// (8), arrival (32). In one word, so that lists of orders are passed on in as few.
    #[derive(Clone, Copy, Default)]
    pub struct Interest(u128);

    /// Bits of an interest.
    const INTEREST: u32 = 106;

    impl Interest {
        /// Of these parts.
        pub fn new(active: bool, sells: bool, owner: u8, limit: u32, left: u32, arrival: u32) -> Interest {
            let low = limit as u128 | (left as u128) << 32 | (sells as u128) << 64 | (active as u128) << 65;
            Interest(low | (owner as u128) << 66 | (arrival as u128) << 74)
        }

        fn limit(self) -> u32 {
            self.0 as u32
        }

        fn left(self) -> u32 {
            (self.0 >> 32) as u32
        }

        fn sells(self) -> bool {
            self.0 >> 64 & 1 == 1
        }

        fn active(self) -> bool {
            self.0 >> 65 & 1 == 1
        }

        fn owner(self) -> u8 {
            (self.0 >> 66) as u8
        }

        fn arrival(self) -> u32 {
            (self.0 >> 74) as u32
        }
    }

    /// What comparing orders of two blocks says about one of the first: how many of the second are before it in the order of
    /// prices (4 bits), which of them came before it (8 bits), whether it yields to one of them.
    #[derive(Clone, Copy, Default)]
    struct Compared(u16);

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

    /// Which orders on the edge share what is left for them.
    #[derive(Clone, Copy)]
    struct Ration {
        sells: bool,
        /// Lots that are for them.
        lots: u64,
        /// Lots that they have.
        of: u64,
    }

    #[inline(never)]
    fn compare(a: Interest, b: Interest) -> Pair {
        let key_a = (a.limit() as u64) << 1 | (!a.sells()) as u64;
        let key_b = (b.limit() as u64) << 1 | (!b.sells()) as u64;
        let before = key_a <= key_b;
        let own = a.active() && b.active() && a.owner() == b.owner() && a.sells() != b.sells();
        Pair { before, younger: b.arrival() < a.arrival(), meet: own && a.sells() == before }
    }

    /// What is being found out about an order.
    #[derive(Clone, Copy, Default)]
    struct Noted {
        before: u8,
        older: u8,
        yields: bool,
    }

    impl Noted {
        fn note(&mut self, other: usize, before: bool, older: bool, meet: bool) {
            self.before += before as u8;
            self.older |= (older as u8) << other as u32;
            self.yields |= meet && older;
        }

        fn compared(self) -> Compared {
            let (before, older) = (self.before & 15, self.older);
            Compared(before as u16 | (older as u16) << 4 | (self.yields as u16) << 12)
        }
    }

    fn compared(of: [Noted; BLOCK]) -> [Compared; BLOCK] {
        let mut all = [Compared(0); BLOCK];
        for place in 0..BLOCK {
            all[place] = of[place].compared();
        }
        all
    }

    /// Two different blocks.
    #[inline(never)]
    fn compare_blocks(a: [Interest; BLOCK], b: [Interest; BLOCK]) -> [[Compared; BLOCK]; 2] {
        let mut of = [[Noted::default(); BLOCK]; 2];
        for i in 0..BLOCK {
            for j in 0..BLOCK {
                let pair = compare(a[i], b[j]);
                of[0][i].note(j, !pair.before, pair.younger, pair.meet);
                of[1][j].note(i, pair.before, !pair.younger, pair.meet);
            }
        }
        [compared(of[0]), compared(of[1])]
    }

    #[inline(never)]
    fn compare_within(a: [Interest; BLOCK]) -> [Compared; BLOCK] {
        let mut of = [Noted::default(); BLOCK];
        for i in 0..BLOCK {
            for j in i + 1..BLOCK {
                let pair = compare(a[i], a[j]);
                of[i].note(j, !pair.before, pair.younger, pair.meet);
                of[j].note(i, pair.before, !pair.younger, pair.meet);
            }
        }
        compared(of)
    }

    fn block(orders: &[Interest; ORDERS], number: usize) -> [Interest; BLOCK] {
        let mut of = [Interest(0); BLOCK];
        for place in 0..BLOCK {
            of[place] = orders[number * BLOCK + place];
        }
        of
    }

    /// What all comparisons say about an order.
    #[derive(Clone, Copy, Default)]
    struct Standing {
        /// The interest, and above it its place in the order of prices.
        placed: u128,
        /// Which came before it, as bits.
        older: u64,
        /// Whether it yields to an older one of its own account.
        yields: bool,
    }

    #[inline(never)]
    fn joined(parts: [Compared; BLOCKS], order: Interest) -> Standing {
        let mut of = Standing::default();
        let mut rank = 0u8;
        for block in 0..BLOCKS {
            let Compared(part) = parts[block];
            rank += (part & 15) as u8;
            of.older |= ((part >> 4 & 255) as u64) << (block * BLOCK) as u32;
            of.yields |= part >> 12 & 1 == 1;
        }
        of.placed = order.0 | (rank as u128) << INTEREST;
        of
    }

    fn compare_all(orders: &[Interest; ORDERS]) -> [Standing; ORDERS] {
        let mut parts = [[Compared::default(); BLOCKS]; ORDERS];
        for i in 0..BLOCKS {
            let within = compare_within(block(orders, i));
            for place in 0..BLOCK {
                parts[i * BLOCK + place][i] = within[place];
            }
            for j in i + 1..BLOCKS {
                let both = compare_blocks(block(orders, i), block(orders, j));
                for place in 0..BLOCK {
                    parts[i * BLOCK + place][j] = both[0][place];
                    parts[j * BLOCK + place][i] = both[1][place];
                }
            }
        }
        let mut standings = [Standing::default(); ORDERS];
        for order in 0..ORDERS {
            standings[order] = joined(parts[order], orders[order]);
        }
        standings
    }

    /// What a block of orders puts into eight ranks: the interest that is there, if one is, and above it which one, as bits.
    #[inline(never)]
    fn ranked(first: u8, orders: [u128; BLOCK]) -> [u128; BLOCK] {
        let mut of = [0u128; BLOCK];
        for place in 0..BLOCK {
            for order in 0..BLOCK {
                let word = orders[order] & ((1 << INTEREST) - 1);
                let there = (orders[order] >> INTEREST) as u8 == first + place as u8;
                of[place] ^= if there { word | 1 << (INTEREST + order as u32) } else { 0 };
            }
        }
        of
    }

    /// An order by its rank.
    #[derive(Clone, Copy, Default)]
    struct Ranked {
        /// Which order that is, as one bit of so many.
        holder: u64,
        of: Interest,
    }

    /// What has a rank, of what blocks put there.
    #[inline(never)]
    fn at_rank(parts: [u128; BLOCKS]) -> Ranked {
        let (mut holder, mut word) = (0u64, 0u128);
        for block in 0..BLOCKS {
            holder |= ((parts[block] >> INTEREST) as u64 & 255) << (block * BLOCK) as u32;
            word ^= parts[block] & ((1 << INTEREST) - 1);
        }
        Ranked { holder, of: Interest(word) }
    }

    fn sort(standings: &[Standing; ORDERS]) -> [Ranked; ORDERS] {
        let mut parts = [[0u128; BLOCKS]; ORDERS];
        for number in 0..BLOCKS {
            let mut placed = [0u128; BLOCK];
            for place in 0..BLOCK {
                placed[place] = standings[number * BLOCK + place].placed;
            }
            for group in 0..BLOCKS {
                let of = ranked((group * BLOCK) as u8, placed);
                for place in 0..BLOCK {
                    parts[group * BLOCK + place][number] = of[place];
                }
            }
        }
        let mut sorted = [Ranked::default(); ORDERS];
        for rank in 0..ORDERS {
            sorted[rank] = at_rank(parts[rank]);
        }
        sorted
    }

    #[inline(never)]
    fn as_byte(flags: [bool; BLOCK]) -> u8 {
        let mut bits = 0;
        for place in 0..BLOCK {
            bits |= (flags[place] as u8) << place as u32;
        }
        bits
    }

    #[inline(never)]
    fn as_bits(flags: [bool; ORDERS]) -> u64 {
        let mut bits = 0;
        for number in 0..BLOCKS {
            let mut block = [false; BLOCK];
            for place in 0..BLOCK {
                block[place] = flags[number * BLOCK + place];
            }
            bits |= (as_byte(block) as u64) << (number * BLOCK) as u32;
        }
        bits
    }

    /// The value whose flag is set, of which one is at most; 0 if none is.
    #[inline(never)]
    fn chosen_of_block(flags: [bool; BLOCK], values: [u64; BLOCK]) -> u64 {
        let mut chosen = 0;
        for place in 0..BLOCK {
            chosen ^= if flags[place] { values[place] } else { 0 };
        }
        chosen
    }

    fn chosen(flags: &[bool; ORDERS], values: &[u64; ORDERS]) -> u64 {
        let mut chosen = 0;
        for number in 0..BLOCKS {
            let (mut some, mut of) = ([false; BLOCK], [0u64; BLOCK]);
            for place in 0..BLOCK {
                some[place] = flags[number * BLOCK + place];
                of[place] = values[number * BLOCK + place];
            }
            chosen ^= chosen_of_block(some, of);
        }
        chosen
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

    /// What an order sells and what it buys, if it is one of the active ones.
    #[inline(never)]
    fn active_lots(ranked: Ranked, active: u64) -> (u32, u32) {
        // One bit at most, so that whether there is one needs no ANDs.
        let is_active = (ranked.holder & active).count_ones() & 1 == 1;
        let lots = if is_active { ranked.of.left() } else { 0 };
        let sold = if ranked.of.sells() { lots } else { 0 };
        (sold, lots ^ sold)
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

    #[inline(never)]
    fn is_enough(lots: u64, below: u64, above: u64) -> bool {
        lots >= below && lots >= above
    }

    /// The prices at which most lots change hands, of the orders that are active, as bits.
    fn clear(sorted: &[Ranked; ORDERS], active: u64) -> Clearing {
        let mut offered = [0u32; ORDERS];
        // From the highest price down.
        let mut wanted = [0u32; ORDERS];
        for rank in 0..ORDERS {
            let (sold, bought) = active_lots(sorted[rank], active);
            offered[rank] = sold;
            wanted[ORDERS - 1 - rank] = bought;
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
        let mut crosses = [false; ORDERS];
        let mut next_demand = [0u64; ORDERS];
        for rank in 0..ORDERS {
            let last = rank + 1 == ORDERS;
            crosses[rank] = short[rank] && (last || !short[rank + 1]);
            next_demand[rank] = if last { 0 } else { demand[rank + 1] };
        }
        let below = chosen(&crosses, &supply);
        let above = chosen(&crosses, &next_demand) ^ if short[0] { 0 } else { demand[0] };
        // Compared with both, for the greater is known later.
        let mut enough_supply = [false; ORDERS];
        let mut enough_demand = [false; ORDERS];
        for rank in 0..ORDERS {
            enough_supply[rank] = is_enough(supply[rank], below, above);
            enough_demand[rank] = is_enough(demand[rank], below, above);
        }
        let (mut first, mut last) = ([false; ORDERS], [false; ORDERS]);
        let mut limits = [0u64; ORDERS];
        for rank in 0..ORDERS {
            first[rank] = enough_supply[rank] && (rank == 0 || !enough_supply[rank - 1]);
            last[rank] = enough_demand[rank] && (rank + 1 == ORDERS || !enough_demand[rank + 1]);
            limits[rank] = sorted[rank].of.limit() as u64;
        }
        let (low, high) = (chosen(&first, &limits) as u32, chosen(&last, &limits) as u32);
        Clearing { volume: below.max(above), low, high }
    }

    /// Lots that trade in full, lots on the edge, and the side; none where nothing is traded, or the order takes no part.
    #[inline(never)]
    fn parts(of: Interest, trades: bool, low: u32, high: u32) -> (u32, u32, bool) {
        let edge = if of.sells() { low } else { high };
        let (less, equal) = (of.limit() < edge, of.limit() == edge);
        let better = if of.sells() { less } else { !less && !equal };
        let full = if trades && better { of.left() } else { 0 };
        (full, if trades && equal { of.left() } else { 0 }, of.sells())
    }

    #[inline(never)]
    fn block_of_side(sells: [bool; BLOCK], lots: [u32; BLOCK], side: bool) -> [u32; BLOCK] {
        let mut of = [0; BLOCK];
        for place in 0..BLOCK {
            of[place] = if sells[place] == side { lots[place] } else { 0 };
        }
        of
    }

    #[inline(never)]
    fn total_of_side(sells: [bool; ORDERS], lots: [u32; ORDERS], side: bool) -> u64 {
        let mut total = 0;
        for number in 0..BLOCKS {
            let (mut flags, mut block) = ([false; BLOCK], [0; BLOCK]);
            for place in 0..BLOCK {
                flags[place] = sells[number * BLOCK + place];
                block[place] = lots[number * BLOCK + place];
            }
            for lots in block_of_side(flags, block, side) {
                total += lots as u64;
            }
        }
        total
    }

    /// Of the two sides, the one whose edge does not get all: one at most has more there than the other takes.
    fn ration(volume: u64, sells: [bool; ORDERS], full: [u32; ORDERS], edge: [u32; ORDERS]) -> Ration {
        let bought = volume - total_of_side(sells, full, false);
        let sold = volume - total_of_side(sells, full, true);
        let (buyers, sellers) = (total_of_side(sells, edge, false), total_of_side(sells, edge, true));
        let is_sold = bought == buyers;
        Ration {
            sells: is_sold,
            lots: if is_sold { sold } else { bought },
            of: if is_sold { sellers } else { buyers },
        }
    }

    /// Whether an order's share is less than it asks for. The share need not be known for that.
    #[inline(never)]
    fn is_refused(edge: u32, sells: bool, minimum: u32, by: Ration) -> bool {
        let too_little = (edge as u128 * by.lots as u128) < minimum as u128 * by.of as u128;
        sells == by.sells && edge != 0 && minimum > 1 && too_little
    }

    /// What there is for a lot, rounded up to so many binary places that a share of it is that of the exact ratio:
    /// what is added to the share is less than 2^-38, and that is missing to the next whole number at least.
    #[inline(never)]
    fn ratio_of(lots: u64, of: u64) -> u128 {
        ((lots as u128) << RATIO_PLACES) / of as u128 + 1
    }

    /// The share of an order on the edge, rounded down.
    #[inline(never)]
    fn share(edge: u32, ratio: u128) -> u32 {
        // At most one, and a last place.
        let ratio = ratio & ((1 << (RATIO_PLACES + 1)) - 1);
        (edge as u128 * ratio >> RATIO_PLACES) as u32
    }

    /// One more lot, of those that were left over when shares were rounded down, for those that came first.
    #[inline(never)]
    fn with_one_more(fill: u32, rationed: bool, older: u64, all_rationed: u64, left_over: u64) -> u32 {
        let before = (older & all_rationed).count_ones() as u64;
        fill + (rationed && before < left_over) as u32
    }

    /// Whether an order takes part, and whether it does without a minimum.
    #[inline(never)]
    fn taking_part(order: Interest, yields: bool, minimum: u32) -> (bool, bool) {
        let active = order.active() && !yields;
        (active, active && minimum <= 1)
    }

    /// What an auction comes to.
    pub struct Trades {
        /// The edges.
        pub clearing: Clearing,
        /// Lots traded of each order.
        pub fill: [u32; ORDERS],
    }

    /// An auction of some orders, before shares are worked out.
    #[derive(Clone, Copy)]
    struct Round {
        clearing: Clearing,
        full: [u32; ORDERS],
        edge: [u32; ORDERS],
        by: Ration,
        /// Whose share is less than they ask for.
        refused: [bool; ORDERS],
    }

    #[inline(never)]
    fn round(
        orders: &[Interest; ORDERS],
        minimums: &[u32; ORDERS],
        sorted: &[Ranked; ORDERS],
        active: &[bool; ORDERS],
    ) -> Round {
        let clearing = clear(sorted, as_bits(*active));
        let trades = clearing.volume != 0;
        let mut sells = [false; ORDERS];
        let (mut full, mut edge) = ([0u32; ORDERS], [0u32; ORDERS]);
        for order in 0..ORDERS {
            let of = parts(orders[order], trades && active[order], clearing.low, clearing.high);
            full[order] = of.0;
            edge[order] = of.1;
            sells[order] = of.2;
        }
        let by = ration(clearing.volume, sells, full, edge);
        let mut refused = [false; ORDERS];
        for order in 0..ORDERS {
            refused[order] = is_refused(edge[order], sells[order], minimums[order], by);
        }
        Round { clearing, full, edge, by, refused }
    }

    /// Lots of an order before what is left over, which of them are a share, and whether there is one.
    #[inline(never)]
    fn before_left_over(
        order: Interest,
        parts: [(u32, u32); 2],
        fails: bool,
        sells: bool,
        ratio: u128,
    ) -> (u32, u32, bool) {
        let (full, edge) = if fails { parts[0] } else { parts[1] };
        let rationed = edge != 0 && order.sells() == sells;
        let part = if rationed { share(edge, ratio) } else { edge };
        (full | part, if rationed { part } else { 0 }, rationed)
    }

    /// Runs the auction.
    pub fn run(orders: &[Interest; ORDERS], minimums: &[u32; ORDERS]) -> Trades {
        let standings = compare_all(orders);
        let sorted = sort(&standings);
        let mut active = [false; ORDERS];
        let mut without_minimum = [false; ORDERS];
        for order in 0..ORDERS {
            let of = taking_part(orders[order], standings[order].yields, minimums[order]);
            active[order] = of.0;
            without_minimum[order] = of.1;
        }
        // The last resort waits for nothing.
        let last = round(orders, minimums, &sorted, &without_minimum);
        let last_ratio = ratio_of(last.by.lots, last.by.of);
        let first = round(orders, minimums, &sorted, &active);
        for order in 0..ORDERS {
            active[order] &= !first.refused[order];
        }
        let second = round(orders, minimums, &sorted, &active);
        let second_ratio = ratio_of(second.by.lots, second.by.of);
        let fails = as_bits(second.refused) != 0;
        let by = if fails { last.by } else { second.by };
        let ratio = if fails { last_ratio } else { second_ratio };

        let mut fill = [0u32; ORDERS];
        let mut shares = [0u32; ORDERS];
        let mut rationed = [false; ORDERS];
        for order in 0..ORDERS {
            let parts = [(last.full[order], last.edge[order]), (second.full[order], second.edge[order])];
            let of = before_left_over(orders[order], parts, fails, by.sells, ratio);
            fill[order] = of.0;
            shares[order] = of.1;
            rationed[order] = of.2;
        }
        let left_over = by.lots - total_of_side(rationed, shares, true);
        let all_rationed = as_bits(rationed);
        for order in 0..ORDERS {
            let older = standings[order].older;
            fill[order] = with_one_more(fill[order], rationed[order], older, all_rationed, left_over);
        }
        Trades { clearing: if fails { last.clearing } else { second.clearing }, fill }
    }
}
