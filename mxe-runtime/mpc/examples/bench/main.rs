//! What the protocols cost, with every party a process of its own on this machine, over loopback sockets.
//!
//! ```text
//! cargo run --release -q -p mpc --example bench -- --parties 3 [--json] [--groups N] [--trees 2|4|8] [--runs 5]
//! cargo run --release -q -p mpc --example bench -- --table        2, 3, 5 and 8 parties
//! cargo run --release -q -p mpc --example bench -- --replicated   the semi-honest engine, in one process
//! ```
//!
//! Medians of five runs. Times are whole batches: base transfers, proofs, every check and the transport. CPU time
//! is user and system time over all parties, as the kernel counts it for the processes.

mod online;
mod preprocessing;
mod process;
mod replicated;
mod tcp;

use std::error::Error;

use preprocessing::{Options, child, measure};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let flag = |name: &str| arguments.iter().any(|argument| argument == name);
    let value = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1).cloned()
    };
    let number = |name: &str, default: usize| value(name).map_or(Ok(default), |value| value.parse::<usize>());
    let json = flag("--json");
    if flag("--replicated") {
        return Ok(replicated::run(json)?);
    }
    let parties = u8::try_from(number("--parties", 3)?)?;
    let groups = |parties: u8| if parties <= 3 { 3 } else { 8 };
    let options = |parties| -> Result<Options, Box<dyn Error>> {
        Ok(Options { parties, groups: number("--groups", groups(parties))?, trees: number("--trees", 2)? })
    };
    if let (Some(party), Some(ports)) = (value("--party"), value("--ports")) {
        let ports: Vec<u16> = ports.split(',').map(str::parse).collect::<Result<_, _>>()?;
        return child(party.parse()?, &ports, &options(parties)?);
    }
    let runs = number("--runs", 5)?;
    if flag("--table") {
        println!("{}", preprocessing::HEADER);
        for parties in [2, 3, 5, 8] {
            println!("{}", measure(&options(parties)?, runs)?.row());
        }
        return Ok(());
    }
    let measured = measure(&options(parties)?, runs)?;
    if json {
        println!("{}", measured.json());
    } else {
        println!("{}\n{}", preprocessing::HEADER, measured.row());
        println!("processor: {}", mpc_field::cpu_features().join(" "));
    }
    Ok(())
}
