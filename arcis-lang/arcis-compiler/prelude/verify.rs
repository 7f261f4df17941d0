// Ed25519 signatures verified in the clear (RFC 8032, section 5.1.7), by the rule of `arcis_circuit::library::ed25519`. Numbers
// modulo p = 2^255 - 19 are ten limbs of 26 and 25 bits in turn, signed (D. Bernstein, "Curve25519: new Diffie-Hellman speed
// records", 2006, section 4): sums are added limb by limb, products carry.

const __ED25519_D: [i64; 10] = [56195235, 13857412, 51736253, 6949390, 114729, 24766616, 60832955, 30306712, 48412415, 21499315];
const __ED25519_ROOT: [i64; 10] = [34513072, 25610706, 9377949, 3500415, 12389472, 33281959, 41962654, 31548777, 326685, 11406482];
const __ED25519_BASE_X: [i64; 10] = [52811034, 25909283, 16144682, 17082669, 27570973, 30858332, 40966398, 8378388, 20764389, 8758491];
const __ED25519_BASE_Y: [i64; 10] = [40265304, 26843545, 13421772, 20132659, 26843545, 6710886, 53687091, 13421772, 40265318, 26843545];
/// The y of a point of order 8; that of the others is its negative.
const __ED25519_ORDER_8: [i64; 10] = [60155942, 32288931, 6862340, 26496934, 63071167, 28106709, 31680898, 18229030, 47743011, 1569101];
const __ED25519_ZERO: [i64; 10] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const __ED25519_ONE: [i64; 10] = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// The order of the base point.
const __ED25519_ORDER: [u64; 4] = [0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0x0000000000000000, 0x1000000000000000];

#[public(fuel = 200_000_000, memory_kib = 1024)]
fn __clear_verify(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let mut r = [0u8; 32];
    let mut s = [0u8; 32];
    let mut a = [0u8; 32];
    let mut i = 0;
    while i < 32 {
        r[i] = signature[i];
        s[i] = signature[32 + i];
        a[i] = key[i];
        i = i + 1;
    }
    let scalar = __ed25519_limbs(&s, 0);
    if !__ed25519_less(&scalar, &__ED25519_ORDER) || __ed25519_has_small_order(&a) || __ed25519_has_small_order(&r) {
        return false;
    }
    let (x, is_point) = __ed25519_abscissa(&a);
    if !is_point {
        return false;
    }
    let y = __ed25519_decoded(&a);
    let minus_x = __ed25519_difference(&__ED25519_ZERO, &x);
    let minus_a = __Ed25519Point { x: minus_x, y: y, z: __ED25519_ONE, t: __ed25519_product(&minus_x, &y) };
    let base = __Ed25519Point {
        x: __ED25519_BASE_X,
        y: __ED25519_BASE_Y,
        z: __ED25519_ONE,
        t: __ed25519_product(&__ED25519_BASE_X, &__ED25519_BASE_Y),
    };
    let both = __ed25519_add(&minus_a, &base);
    let h = __ed25519_reduced(&__clear_sha512(&r, &a, message));
    let mut sum = __Ed25519Point { x: __ED25519_ZERO, y: __ED25519_ONE, z: __ED25519_ONE, t: __ED25519_ZERO };
    let mut place = 253;
    while place > 0 {
        place = place - 1;
        sum = __ed25519_double(&sum);
        let of_a = h[place / 64] >> (place % 64) & 1 == 1;
        let of_base = scalar[place / 64] >> (place % 64) & 1 == 1;
        if of_a && of_base {
            sum = __ed25519_add(&sum, &both);
        } else if of_a {
            sum = __ed25519_add(&sum, &minus_a);
        } else if of_base {
            sum = __ed25519_add(&sum, &base);
        }
    }
    // To the power of p - 2, from that of 2^252 - 3: 2^255 - 21 = 8 (2^252 - 3) + 3.
    let z = sum.z;
    let mut inverse = __ed25519_power(&z);
    inverse = __ed25519_squared(&inverse, 3);
    inverse = __ed25519_product(&inverse, &__ed25519_product(&__ed25519_product(&z, &z), &z));
    let mut expected = __ed25519_encoded(&__ed25519_product(&sum.y, &inverse));
    expected[31] = expected[31] | (__ed25519_encoded(&__ed25519_product(&sum.x, &inverse))[0] & 1) << 7;
    expected == r
}

#[derive(Clone, Copy)]
struct __Ed25519Point {
    x: [i64; 10],
    y: [i64; 10],
    z: [i64; 10],
    t: [i64; 10],
}

/// RFC 8032, 5.1.4.
fn __ed25519_double(point: &__Ed25519Point) -> __Ed25519Point {
    let a = __ed25519_product(&point.x, &point.x);
    let b = __ed25519_product(&point.y, &point.y);
    let zz = __ed25519_product(&point.z, &point.z);
    let h = __ed25519_sum(&a, &b);
    let sum = __ed25519_sum(&point.x, &point.y);
    let e = __ed25519_difference(&h, &__ed25519_product(&sum, &sum));
    let g = __ed25519_difference(&a, &b);
    let f = __ed25519_sum(&__ed25519_sum(&zz, &zz), &g);
    __ed25519_combined(&e, &f, &g, &h)
}

/// RFC 8032, 5.1.4.
fn __ed25519_add(one: &__Ed25519Point, other: &__Ed25519Point) -> __Ed25519Point {
    let differences = __ed25519_difference(&one.y, &one.x);
    let a = __ed25519_product(&differences, &__ed25519_difference(&other.y, &other.x));
    let sums = __ed25519_sum(&one.y, &one.x);
    let b = __ed25519_product(&sums, &__ed25519_sum(&other.y, &other.x));
    let t = __ed25519_product(&__ed25519_product(&one.t, &other.t), &__ED25519_D);
    let c = __ed25519_sum(&t, &t);
    let z = __ed25519_product(&one.z, &other.z);
    let d = __ed25519_sum(&z, &z);
    let e = __ed25519_difference(&b, &a);
    let f = __ed25519_difference(&d, &c);
    let g = __ed25519_sum(&d, &c);
    let h = __ed25519_sum(&b, &a);
    __ed25519_combined(&e, &f, &g, &h)
}

fn __ed25519_combined(e: &[i64; 10], f: &[i64; 10], g: &[i64; 10], h: &[i64; 10]) -> __Ed25519Point {
    __Ed25519Point {
        x: __ed25519_product(e, f),
        y: __ed25519_product(g, h),
        z: __ed25519_product(f, g),
        t: __ed25519_product(e, h),
    }
}

/// The x of 32 bytes, and whether they encode a point: RFC 8032, 5.1.3.
fn __ed25519_abscissa(encoding: &[u8; 32]) -> ([i64; 10], bool) {
    let y = __ed25519_decoded(encoding);
    let mut low = *encoding;
    low[31] = low[31] & 127;
    if __ed25519_encoded(&y) != low {
        return (y, false);
    }
    let yy = __ed25519_product(&y, &y);
    let u = __ed25519_difference(&yy, &__ED25519_ONE);
    let v = __ed25519_sum(&__ed25519_product(&yy, &__ED25519_D), &__ED25519_ONE);
    let v3 = __ed25519_product(&__ed25519_product(&v, &v), &v);
    let v7 = __ed25519_product(&__ed25519_product(&v3, &v3), &v);
    let power = __ed25519_power(&__ed25519_product(&u, &v7));
    let mut x = __ed25519_product(&__ed25519_product(&u, &v3), &power);
    let square = __ed25519_encoded(&__ed25519_product(&__ed25519_product(&x, &x), &v));
    if square != __ed25519_encoded(&u) {
        if square != __ed25519_encoded(&__ed25519_difference(&__ED25519_ZERO, &u)) {
            return (y, false);
        }
        x = __ed25519_product(&x, &__ED25519_ROOT);
    }
    let sign = encoding[31] >> 7;
    let bytes = __ed25519_encoded(&x);
    if bytes == [0u8; 32] && sign == 1 {
        return (y, false);
    }
    if bytes[0] & 1 != sign {
        x = __ed25519_difference(&__ED25519_ZERO, &x);
    }
    (x, true)
}

/// Whether 32 bytes encode a point of order 1, 2, 4 or 8, by their y.
fn __ed25519_has_small_order(encoding: &[u8; 32]) -> bool {
    let mut y = *encoding;
    y[31] = y[31] & 127;
    let minus_one = __ed25519_difference(&__ED25519_ZERO, &__ED25519_ONE);
    let other = __ed25519_difference(&__ED25519_ZERO, &__ED25519_ORDER_8);
    y == __ed25519_encoded(&__ED25519_ZERO)
        || y == __ed25519_encoded(&__ED25519_ONE)
        || y == __ed25519_encoded(&minus_one)
        || y == __ed25519_encoded(&__ED25519_ORDER_8)
        || y == __ed25519_encoded(&other)
}

fn __ed25519_sum(a: &[i64; 10], b: &[i64; 10]) -> [i64; 10] {
    let mut sum = [0i64; 10];
    let mut i = 0;
    while i < 10 {
        sum[i] = a[i] + b[i];
        i = i + 1;
    }
    sum
}

fn __ed25519_difference(a: &[i64; 10], b: &[i64; 10]) -> [i64; 10] {
    let mut difference = [0i64; 10];
    let mut i = 0;
    while i < 10 {
        difference[i] = a[i] - b[i];
        i = i + 1;
    }
    difference
}

/// Limbs of the factors are up to 2^27: of the sum of four products.
fn __ed25519_product(a: &[i64; 10], b: &[i64; 10]) -> [i64; 10] {
    let mut wide = [0i64; 20];
    let mut i = 0;
    while i < 10 {
        // The product of two limbs at odd places is one at an even place, twice.
        let even = a[i];
        let odd = even << (i & 1);
        let mut j = 0;
        while j < 10 {
            wide[i + j] = wide[i + j] + even * b[j];
            wide[i + j + 1] = wide[i + j + 1] + odd * b[j + 1];
            j = j + 2;
        }
        i = i + 1;
    }
    // 2^255 is 19.
    let mut limbs = [0i64; 10];
    let mut i = 0;
    while i < 10 {
        limbs[i] = wide[i] + 19 * wide[i + 10];
        i = i + 1;
    }
    __ed25519_carried(&limbs)
}

/// The same number in limbs of at most half of their size, or a little more.
fn __ed25519_carried(limbs: &[i64; 10]) -> [i64; 10] {
    let mut carried = *limbs;
    let mut turn = 0;
    while turn < 2 {
        let mut i = 0;
        while i < 10 {
            let bits = 26 - (i & 1);
            let carry = carried[i] + (1 << (bits - 1)) >> bits;
            carried[i] = carried[i] - (carry << bits);
            if i < 9 {
                carried[i + 1] = carried[i + 1] + carry;
            } else {
                carried[0] = carried[0] + 19 * carry;
            }
            i = i + 1;
        }
        turn = turn + 1;
    }
    carried
}

/// To the power of 2^times.
fn __ed25519_squared(a: &[i64; 10], times: usize) -> [i64; 10] {
    let mut power = *a;
    let mut i = 0;
    while i < times {
        power = __ed25519_product(&power, &power);
        i = i + 1;
    }
    power
}

/// To the power of (p - 5) / 8 = 2^252 - 3.
fn __ed25519_power(z: &[i64; 10]) -> [i64; 10] {
    // `ones` is z to the power of 2^n - 1.
    let mut ones = *z;
    let mut n = 1;
    while n < 250 {
        // n is 1, 3, 7, 15, 31, 62, 125, 250: doubled, and one more where it has to be.
        ones = __ed25519_product(&__ed25519_squared(&ones, n), &ones);
        n = 2 * n;
        if n == 2 || n == 6 || n == 14 || n == 30 || n == 124 {
            ones = __ed25519_product(&__ed25519_squared(&ones, 1), z);
            n = n + 1;
        }
    }
    __ed25519_product(&__ed25519_squared(&ones, 2), z)
}

/// The number of the low 255 bits of 32 bytes.
fn __ed25519_decoded(bytes: &[u8; 32]) -> [i64; 10] {
    let mut limbs = [0i64; 10];
    let mut place = 0;
    let mut i = 0;
    while i < 10 {
        let bits = 26 - (i & 1);
        let mut word = 0u64;
        let mut j = 0;
        while j < 5 && place / 8 + j < 32 {
            word = word | (bytes[place / 8 + j] as u64) << (8 * j);
            j = j + 1;
        }
        limbs[i] = (word >> (place % 8) & ((1 << bits) - 1)) as i64;
        place = place + bits;
        i = i + 1;
    }
    limbs
}

/// The 32 bytes of a number, less than p.
fn __ed25519_encoded(number: &[i64; 10]) -> [u8; 32] {
    let mut limbs = __ed25519_carried(number);
    // How often p is to be taken away: the carry out of the number plus 19.
    let mut times = 19;
    let mut i = 0;
    while i < 10 {
        times = limbs[i] + times >> (26 - (i & 1));
        i = i + 1;
    }
    let mut bytes = [0u8; 32];
    let mut carry = 19 * times;
    let mut place = 0;
    let mut i = 0;
    while i < 10 {
        let bits = 26 - (i & 1);
        let sum = limbs[i] + carry;
        carry = sum >> bits;
        let limb = (sum - (carry << bits)) as u64;
        let mut j = 0;
        while j < bits {
            let at = place + j;
            bytes[at / 8] = bytes[at / 8] | ((limb >> j & 1) as u8) << (at % 8);
            j = j + 1;
        }
        place = place + bits;
        i = i + 1;
    }
    bytes
}

/// Four limbs of 32 bytes, from the one of number `first`.
fn __ed25519_limbs(bytes: &[u8], first: usize) -> [u64; 4] {
    let mut limbs = [0u64; 4];
    let mut i = 0;
    while i < 32 {
        limbs[i / 8] = limbs[i / 8] | (bytes[first + i] as u64) << (8 * (i % 8));
        i = i + 1;
    }
    limbs
}

fn __ed25519_less(a: &[u64; 4], b: &[u64; 4]) -> bool {
    let mut i = 4;
    while i > 0 {
        i = i - 1;
        if a[i] != b[i] {
            return a[i] < b[i];
        }
    }
    false
}

/// 64 bytes as a number, modulo the order of the base point: bit by bit.
fn __ed25519_reduced(bytes: &[u8; 64]) -> [u64; 4] {
    let mut rest = [0u64; 4];
    let mut place = 512;
    while place > 0 {
        place = place - 1;
        let mut carry = (bytes[place / 8] >> (place % 8) & 1) as u64;
        let mut i = 0;
        while i < 4 {
            let limb = rest[i];
            rest[i] = limb << 1 | carry;
            carry = limb >> 63;
            i = i + 1;
        }
        if !__ed25519_less(&rest, &__ED25519_ORDER) {
            let mut borrow = 0u64;
            let mut i = 0;
            while i < 4 {
                let subtrahend = __ED25519_ORDER[i];
                let difference = rest[i] - subtrahend - borrow;
                borrow = if borrow == 1 { rest[i] <= subtrahend } else { rest[i] < subtrahend } as u64;
                rest[i] = difference;
                i = i + 1;
            }
        }
    }
    rest
}

const __SHA512_START: [u64; 8] = [
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
];
const __SHA512_ROUNDS: [u64; 80] = [
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
];

/// SHA-512 (FIPS 180-4) of two times 32 bytes and a message.
fn __clear_sha512(first: &[u8; 32], second: &[u8; 32], message: &[u8]) -> [u8; 64] {
    let length = 64 + message.len();
    let mut state = __SHA512_START;
    let blocks = (length + 17 + 127) / 128;
    let mut block = 0;
    while block < blocks {
        let mut words = [0u64; 16];
        let mut i = 0;
        while i < 128 {
            let at = 128 * block + i;
            let byte = if at < 32 {
                first[at]
            } else if at < 64 {
                second[at - 32]
            } else if at < length {
                message[at - 64]
            } else if at == length {
                128
            } else if at + 8 >= 128 * blocks {
                (8 * length >> (8 * (128 * blocks - 1 - at))) as u8
            } else {
                0
            };
            words[i / 8] = words[i / 8] << 8 | byte as u64;
            i = i + 1;
        }
        state = __clear_sha512_compress(&state, &words);
        block = block + 1;
    }
    let mut digest = [0u8; 64];
    let mut i = 0;
    while i < 64 {
        digest[i] = (state[i / 8] >> (56 - 8 * (i % 8))) as u8;
        i = i + 1;
    }
    digest
}

fn __clear_sha512_compress(start: &[u64; 8], block: &[u64; 16]) -> [u64; 8] {
    let mut words = *block;
    let mut state = *start;
    let mut round = 0;
    while round < 80 {
        let at = round % 16;
        if round >= 16 {
            let early = words[(at + 1) % 16];
            let late = words[(at + 14) % 16];
            let from_early = early.rotate_right(1) ^ early.rotate_right(8) ^ early >> 7;
            let from_late = late.rotate_right(19) ^ late.rotate_right(61) ^ late >> 6;
            words[at] = words[at] + from_early + words[(at + 9) % 16] + from_late;
        }
        let a = state[0];
        let e = state[4];
        let choice = e & state[5] ^ !e & state[6];
        let majority = a & state[1] ^ a & state[2] ^ state[1] & state[2];
        let from_e = e.rotate_right(14) ^ e.rotate_right(18) ^ e.rotate_right(41);
        let from_a = a.rotate_right(28) ^ a.rotate_right(34) ^ a.rotate_right(39);
        let first = state[7] + from_e + choice + __SHA512_ROUNDS[round] + words[at];
        state = [first + from_a + majority, a, state[1], state[2], state[3] + first, e, state[5], state[6]];
        round = round + 1;
    }
    let mut i = 0;
    while i < 8 {
        state[i] = state[i] + start[i];
        i = i + 1;
    }
    state
}
