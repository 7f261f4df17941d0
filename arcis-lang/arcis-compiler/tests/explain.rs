//! The lines that cost most are those that do the work.

#![allow(missing_docs)]

use arcis_circuit::gates::{Shape, cost, lower};
use arcis_compiler::compile_source;
use arcis_compiler::explain::explain;

const SOURCE: &str = "\
#[encrypted]
mod circuits {
    use arcis::*;

    #[instruction]
    pub fn work(numbers: Enc<Shared, [u64; 4]>) -> u64 {
        let numbers = numbers.to_arcis();
        let product = numbers[0] * numbers[1];
        let larger = if numbers[2] > numbers[3] { numbers[2] } else { numbers[3] };
        let mixed = product ^ larger;
        let mut sorted = numbers;
        sorted.sort();
        (mixed ^ sorted[3]).reveal()
    }
}
";

#[test]
fn every_and_is_on_a_line_and_the_product_costs_most() {
    let [work] = compile_source("work.rs", SOURCE).expect("it compiles").try_into().expect("one instruction");
    for shape in [Shape::Small, Shape::Fast] {
        let total = cost(&lower(&work.artifact.circuit, shape).expect("it can be lowered"));
        let lines = explain(&work, shape).expect("it can be explained");
        assert_eq!(lines.iter().map(|line| line.ands).sum::<u64>(), total.ands);
        assert_eq!(lines.iter().map(|line| line.reveals).sum::<u64>(), total.reveals);
        let of = |line| {
            lines.iter().find(|cost| cost.line == line).map_or((0, 0), |cost| (cost.ands, cost.reveals))
        };
        assert_eq!((&*lines[0].file, lines[0].line), ("work.rs", 8), "{lines:?}");
        assert!(of(12).0 > of(9).0 && of(9).0 >= 128, "the sort, then the maximum: {lines:?}");
        assert_eq!((of(10), of(13)), ((0, 0), (0, 64)), "exclusive-or is free: {lines:?}");
        assert!(lines.windows(2).all(|pair| pair[0].ands >= pair[1].ands), "{lines:?}");
    }
}
