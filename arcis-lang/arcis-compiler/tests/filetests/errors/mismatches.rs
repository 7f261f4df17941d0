// stages: tree
#[encrypted]
mod circuits {
    use arcis::*;

    #[derive(Clone, Copy)]
    struct Pair { a: u8, b: bool }

    fn takes(number: u64, pair: &Pair) -> u64 { number }

    fn results() -> u64 { true }
    fn branches(flag: bool) -> u8 { if flag { 1 } else { false } }
    fn no_else(flag: bool) -> u8 { if flag { 1u8 } 2 }
    fn condition(x: u8) -> u8 { if x { 1 } else { 2 } }
    fn operands(a: u8, b: u64) -> u64 { a + b }
    fn references(a: u8, b: u8) -> bool { &a == b }
    fn arithmetic(a: bool, p: Pair) -> bool { let _ = p + p; -a }
    fn negation(a: u8) -> u8 { -a }
    fn encrypted(a: Enc<Shared, u8>) -> bool { a.to_arcis() == 1 && a > a && a.value == 1 }
    fn structs(p: Pair) -> bool { p == p }
    fn order(p: (u8, u8)) -> bool { p < p }
    fn casts(p: Pair, x: u8) -> bool { let _ = p as u8; x as bool }
    fn conversions(x: u64, y: i8) -> u32 { let _ = u64::from(y); u32::from(x) }
    fn literals() -> u8 { let _ = -129i8; let _: bool = 1; 256 }
    fn arguments(p: Pair) -> u64 { takes(1); takes(p, 1) }
    fn fields(p: Pair) -> Pair { let _ = Pair { a: 1, c: 2 }; let Pair { a } = p; p.c }
    fn patterns(p: Pair) -> u8 { let (a, b) = p; let &c = 1u8; let Pair { a, .. } = (1, 2); 0 }
    fn shifts(p: bool) -> u8 { 1 << p }
    fn unknown() { let x; }
    fn assigns(p: Pair) { 1 = 2; takes(1, &p) = 3; }
    fn defaults() -> Pair { Pair::default() }
    fn elements(x: u8) -> u8 { for y in x {} let _ = x[0]; let _ = *x; [1u8, true][1] }
    fn ranges() { for x in false..true {} }
}
