//! What the protocols cost, with every party a process of its own on this machine, over loopback sockets.
//!
//! ```text
//! cargo run --release -q -p mpc --example bench -- --parties 3 [--json] [--tcp|--quic] [--groups N] [--trees 2|4|8] [--runs 5]
//! cargo run --release -q -p mpc --example bench -- --table        2, 3, 5 and 8 parties
//! cargo run --release -q -p mpc --example bench -- --replicated   the semi-honest engine, in one process
//! ```
//!
//! Medians of five runs. Times are whole batches: base transfers, proofs, every check and the transport. CPU time
//! is user and system time over all parties, as the kernel counts it for the processes.

mod online;
mod preprocessing;
mod process;
mod quic;
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
        Ok(Options {
            parties,
            groups: number("--groups", groups(parties))?,
            trees: number("--trees", 2)?,
            quic: flag("--quic"),
        })
    };
    if let (Some(party), Some(ports)) = (value("--party"), value("--ports")) {
        let ports: Vec<u16> = ports.split(',').map(str::parse).collect::<Result<_, _>>()?;
        return child(party.parse()?, &ports, &options(parties)?);
    }
    let runs = number("--runs", 5)?;
    // Both transports, unless one is asked for.
    let transports: &[bool] = match (flag("--quic"), flag("--tcp")) {
        (true, false) => &[true],
        (false, true) => &[false],
        _ => &[false, true],
    };
    if json {
        // One object: what was measured over the first transport, with the second one's in it.
        let measure = |quic: &bool| measure(&Options { quic: *quic, ..options(parties)? }, runs);
        let measured = transports.iter().map(measure).collect::<Result<Vec<_>, _>>()?;
        println!("{}", preprocessing::json(&measured));
        return Ok(());
    }
    let table: &[u8] = if flag("--table") { &[2, 3, 5, 8] } else { &[parties] };
    println!("{}", preprocessing::HEADER);
    for parties in table {
        for quic in transports {
            let measured = measure(&Options { quic: *quic, ..options(*parties)? }, runs)?;
            println!("{}", measured.row());
        }
    }
    println!("processor: {}", mpc_field::cpu_features().join(" "));
    Ok(())
}
