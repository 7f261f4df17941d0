//! Public code before and after a circuit, run by clusters of all protocols: one result at every node, and one rejection
//! where the code stops.

mod support;

use std::sync::Arc;

use arcis_circuit::Bits;
use arx_wire::{Base, PROTOCOL_REPLICATED3_MALICIOUS};
use mxe_runtime::{
    Argument, INITIAL_STATE_KEY_VERSION, Outcome, Plan, PublicFault, PublicStage, Rejection, SandboxFault,
    Task,
};
use support::malicious::*;
use support::*;

/// A price limits which of two bids count; how long a sequence from their sum takes is said besides.
const SOURCE: &str = r#"
    #[encrypted]
    mod circuits {
        use arcis::*;

        #[public(fuel = 200_000)]
        fn price(account: &[u8]) -> u64 {
            if account[0] != 7 {
                panic!("this is no price account");
            }
            let mut value = 0u64;
            for byte in account[1..].iter().take_while(|byte| **byte != 0) {
                value = value * 10 + *byte as u64;
            }
            value
        }

        #[public(fuel = 200_000)]
        fn steps(start: u64) -> u32 {
            let mut n = start;
            let mut steps = 0;
            while n != 1 {
                n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 };
                steps += 1;
            }
            steps
        }

        #[instruction]
        pub fn settle(account: [u8; 6], bids: Enc<Shared, (u64, u64)>) -> (bool, (u64, u32), u64) {
            let floor = price(&account);
            let (a, b) = bids.to_arcis();
            let counted = |bid: u64| if bid >= floor { bid } else { 0 };
            let sum = (counted(a) + counted(b)).reveal();
            ((a > b).reveal(), (sum, steps(sum)), floor)
        }
    }
"#;

fn plan() -> Arc<Plan> {
    let compiled = arcis_compiler::compile_source("settle.rs", SOURCE).expect("a good source");
    // Through its bytes, as a node has it.
    let artifact = arcis_circuit::Artifact::from_bytes(&compiled[0].bytes).expect("good bytes");
    Arc::new(Plan::new(artifact).expect("a good artifact"))
}

fn task_on(plan: Arc<Plan>, base: Base, account: [u8; 6], bids: [u64; 2]) -> Task {
    let bids = Bits::concat([&Bits::from_u64(bids[0], 64), &Bits::from_u64(bids[1], 64)]);
    let arguments =
        vec![Argument::Plaintext(account.into()), Argument::Input(encrypted(&base, 0, &bids).to_bytes())];
    Task {
        base,
        plan,
        session: named("session 1"),
        computation: named("computation 1"),
        arguments,
        output_cells: vec![None; 3],
        state_key_version: INITIAL_STATE_KEY_VERSION,
    }
}

/// What all nodes come to, with each protocol: the same.
fn must_agree_everywhere(account: [u8; 6], bids: [u64; 2]) -> Result<Vec<Vec<u8>>, Rejection> {
    let plan = plan();
    let result = |outcome: Outcome| match outcome {
        Outcome::Finished(finished) => Ok(finished.outputs),
        Outcome::Rejected(rejection) => Err(rejection),
    };
    let base = base_of(&plan, 1);
    let semi_honest = task_on(Arc::clone(&plan), base, account, bids);
    let first = result(must_agree(nodes(&semi_honest, &journals())));
    for parties in [2, 3] {
        let base = malicious_base(&plan, parties, 1);
        let task = task_on(Arc::clone(&plan), base, account, bids);
        for ended in run_malicious(malicious_nodes(&task, &logs(parties))) {
            assert_eq!(result(ended.result.expect("an honest run")), first);
        }
    }
    let base = Base { protocol: PROTOCOL_REPLICATED3_MALICIOUS, ..malicious_base(&plan, 3, 1) };
    let task = task_on(plan, base, account, bids);
    for ended in run_verified_until_stalled(malicious_nodes(&task, &logs(3))) {
        assert_eq!(result(ended.expect("no node waits for ever").result.expect("an honest run")), first);
    }
    first
}

#[test]
fn public_code_prepares_and_finishes_a_computation() {
    let outputs = must_agree_everywhere([7, 2, 5, 0, 9, 9], [20, 27]).expect("it finishes");
    let finished: Vec<u8> = [&27u64.to_le_bytes()[..], &111u32.to_le_bytes()].concat();
    assert_eq!(outputs, [vec![0], finished, 25u64.to_le_bytes().to_vec()]);
}

#[test]
fn code_that_stops_is_a_rejection_that_all_come_to() {
    let stopped = |function: &str, stage, fault: SandboxFault| {
        let why = PublicFault::Stopped(fault);
        Err(Rejection::PublicCode { function: function.to_owned(), stage, why })
    };
    // Before the circuit.
    let panicked = SandboxFault::Panicked { message: "this is no price account".to_owned() };
    assert_eq!(must_agree_everywhere([8; 6], [1, 2]), stopped("price", PublicStage::Before, panicked));
    // After it: from zero the sequence never comes to one.
    let out_of_fuel = SandboxFault::OutOfFuel { fuel: 200_000 };
    assert_eq!(
        must_agree_everywhere([7, 9, 9, 9, 0, 0], [1, 2]),
        stopped("steps", PublicStage::After, out_of_fuel)
    );
}

#[test]
fn modules_that_are_not_what_they_have_to_be_are_refused() {
    let compiled = arcis_compiler::compile_source("settle.rs", SOURCE).expect("a good source");
    let artifact = &compiled[0].artifact;
    let public = artifact.public.clone().expect("it has public code");
    let refused = |module: Vec<u8>| {
        let code = arcis_circuit::PublicCode { module, ..public.clone() };
        mxe_runtime::Sandbox::new(&code).expect_err("it is refused")
    };
    assert!(matches!(refused(b"\0asm".to_vec()), mxe_runtime::SandboxError::Invalid(_)));
    // Valid, but empty: the memory is what is missed first.
    let empty = b"\0asm\x01\0\0\0".to_vec();
    assert_eq!(refused(empty.clone()), mxe_runtime::SandboxError::Export("memory".into()));
    // An import: `(import "env" "time" (func))`.
    let import = [&empty[..], b"\x01\x04\x01\x60\0\0\x02\x0c\x01\x03env\x04time\0\0"].concat();
    assert_eq!(refused(import), mxe_runtime::SandboxError::Import("env::time".into()));
    // A number with a point: `(func (result f64) f64.const 0)`.
    let float =
        [&empty[..], b"\x01\x05\x01\x60\0\x01\x7c\x03\x02\x01\0\x0a\x0d\x01\x0b\0\x44\0\0\0\0\0\0\0\0\x0b"]
            .concat();
    assert!(matches!(refused(float), mxe_runtime::SandboxError::Invalid(_)));
    // Cut off anywhere, and with any one byte changed, it is refused or is a module whose calls end as results or faults.
    for end in (0..public.module.len()).step_by(public.module.len() / 40 + 1) {
        refused(public.module[..end].to_vec());
    }
    for place in (0..public.module.len()).step_by(public.module.len() / 150 + 1) {
        let mut module = public.module.clone();
        module[place] ^= 0x15;
        let code = arcis_circuit::PublicCode { module, ..public.clone() };
        if let Ok(sandbox) = mxe_runtime::Sandbox::new(&code) {
            let arguments = [&6u32.to_le_bytes()[..], &[7, 1, 2, 3, 0, 0]].concat();
            let _ = sandbox.call(&code.prepare[0], &arguments);
        }
    }
}
