//! A batch of triples, and one of correlated transfers, made by as many processes as there are parties.

use std::env;
use std::error::Error;
use std::net::{TcpListener, UdpSocket};
use std::process::{Command, Stdio};
use std::time::Instant;

use futures::executor::block_on;
use mpc::correlation::{AuthBits, AuthTriples, StockError};
use mpc::preprocessing::{Parameters, PartBits, Producer, Sink};
use mpc::{Channel, Session};

use crate::online;
use crate::process::{cpu_seconds, peak_memory};
use crate::quic::QuicChannel;
use crate::tcp::TcpChannel;

/// Authenticated bits that are made to measure correlated transfers.
const BITS: usize = 1 << 21;

/// What is measured.
pub struct Options {
    pub parties: u8,
    /// Groups of triples in a batch.
    pub groups: usize,
    /// Bits of the global key that a tree of seeds covers.
    pub trees: usize,
    /// Over QUIC, or else over TCP.
    pub quic: bool,
}

/// What one party, or the median run of all, came to.
#[derive(Clone, Copy, Default)]
pub struct Measured {
    quic: bool,
    parties: f64,
    bucket: f64,
    triples: f64,
    seconds: f64,
    cpu_seconds: f64,
    bytes: f64,
    transfers: f64,
    transfer_cpu_seconds: f64,
    memory: f64,
    comparisons: f64,
    comparisons_online: f64,
    ands_per_second: f64,
    and_cpu_seconds: f64,
    round: f64,
    sign: f64,
}

/// Counts items and drops them: a store's cost is not measured here.
#[derive(Default)]
struct Counter {
    triples: usize,
}

impl Sink for Counter {
    fn bits(&mut self, _: AuthBits) -> Result<(), StockError> {
        Ok(())
    }

    fn triples(&mut self, triples: AuthTriples) -> Result<(), StockError> {
        self.triples += triples.c.len();
        Ok(())
    }
}

/// One party: two batches, one of triples and one of bits. Prints what it measured, for [`measure`].
pub fn child(me: u8, ports: &[u16], options: &Options) -> Result<(), Box<dyn Error>> {
    if options.quic {
        let channel = QuicChannel::connect(me, ports).map_err(|error| error.to_string())?;
        party(me, channel, options)
    } else {
        party(me, TcpChannel::connect(me, ports)?, options)
    }
}

fn party<C: Channel>(me: u8, mut channel: C, options: &Options) -> Result<(), Box<dyn Error>> {
    let parts =
        PartBits::ALL.into_iter().find(|parts| parts.bits() == options.trees).ok_or("1, 2, 4 or 8")?;
    let parameters = Parameters { parts, ..Parameters::for_parties(options.parties)? };
    let mut seed = [0; 32];
    seed[0] = me;

    // All are connected when the first batch, of bits, is made; its setup is not part of its time.
    let mut counter = Counter::default();
    let session = Session::new(&mut channel, [1; 32]);
    let mut producer = block_on(Producer::start(session, seed, parameters))?;
    let cpu = cpu_seconds()?;
    block_on(producer.bits(BITS, &mut counter))?;
    let transfer_cpu_seconds = cpu_seconds()? - cpu;
    block_on(producer.finish())?;

    let (start, cpu) = (Instant::now(), cpu_seconds()?);
    seed[1] = 1;
    let session = Session::new(&mut channel, [2; 32]);
    let triples = async {
        let mut producer = Producer::start(session, seed, parameters).await?;
        for _ in 0..options.groups {
            producer.triples(&mut counter).await?;
        }
        producer.finish().await
    };
    let (session, _) = block_on(triples)?;
    let (seconds, cpu_seconds) = (start.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
    let bytes = session.traffic().total().bytes_sent as f64;
    // Before the online phase, whose stock is kept in memory here.
    let memory = peak_memory()?;
    let online = online::measure(&mut channel, me, options.parties)?;
    let numbers = [
        f64::from(options.parties),
        parameters.bucket as f64,
        counter.triples as f64,
        seconds,
        cpu_seconds,
        bytes,
        (BITS * (usize::from(options.parties) - 1)) as f64,
        transfer_cpu_seconds,
        memory,
        online.comparisons[0],
        online.comparisons[1],
        online.ands_per_second,
        online.and_cpu_seconds,
        online.round,
        online.sign,
    ];
    println!("{}", numbers.map(|number| number.to_string()).join(" "));
    Ok(())
}

/// Runs all parties `runs` times: the median of every number.
pub fn measure(options: &Options, runs: usize) -> Result<Measured, Box<dyn Error>> {
    let measured = (0..runs).map(|_| run(options)).collect::<Result<Vec<_>, _>>()?;
    let mut median = measured.first().copied().ok_or("no runs")?;
    for number in Measured::NUMBERS {
        let mut values: Vec<f64> = measured.iter().map(|run| *number(&mut run.clone())).collect();
        values.sort_by(f64::total_cmp);
        *number(&mut median) = values[runs / 2];
    }
    Ok(median)
}

fn run(options: &Options) -> Result<Measured, Box<dyn Error>> {
    let tcp =
        (0..options.parties).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<Vec<_>, _>>()?;
    let udp = (0..options.parties).map(|_| UdpSocket::bind("127.0.0.1:0")).collect::<Result<Vec<_>, _>>()?;
    let addresses: Result<Vec<_>, _> = if options.quic {
        udp.iter().map(UdpSocket::local_addr).collect()
    } else {
        tcp.iter().map(TcpListener::local_addr).collect()
    };
    let ports: Vec<_> = addresses?.iter().map(|address| address.port().to_string()).collect();
    let ports = ports.join(",");
    drop((tcp, udp));
    let spawn = |party: u8| {
        Command::new(env::current_exe()?)
            .args(["--party", &party.to_string(), "--ports", &ports])
            .args(["--parties", &options.parties.to_string()])
            .args(["--groups", &options.groups.to_string(), "--trees", &options.trees.to_string()])
            .args(options.quic.then_some("--quic"))
            .stdout(Stdio::piped())
            .spawn()
    };
    let children = (0..options.parties).map(spawn).collect::<Result<Vec<_>, _>>()?;
    let mut all = Measured::default();
    for child in children {
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err("a party failed".into());
        }
        let text = String::from_utf8(output.stdout)?;
        let numbers = text.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        let [
            parties,
            bucket,
            triples,
            seconds,
            cpu_seconds,
            bytes,
            transfers,
            transfer_cpu_seconds,
            memory,
            comparisons,
            comparisons_online,
            ands_per_second,
            and_cpu_seconds,
            round,
            sign,
        ] = numbers[..]
        else {
            return Err("a party printed something else than its numbers".into());
        };
        // Work and traffic add up, times and memory are those of the slowest and largest.
        all = Measured {
            quic: options.quic,
            parties,
            bucket,
            triples,
            seconds: all.seconds.max(seconds),
            cpu_seconds: all.cpu_seconds + cpu_seconds,
            bytes: all.bytes.max(bytes),
            transfers: all.transfers + transfers,
            transfer_cpu_seconds: all.transfer_cpu_seconds + transfer_cpu_seconds,
            memory: all.memory.max(memory),
            comparisons: all.comparisons.max(comparisons),
            comparisons_online: all.comparisons_online.max(comparisons_online),
            // That of the slowest.
            ands_per_second: if all.parties == 0.0 {
                ands_per_second
            } else {
                all.ands_per_second.min(ands_per_second)
            },
            and_cpu_seconds: all.and_cpu_seconds + and_cpu_seconds,
            round: all.round.max(round),
            sign: all.sign.max(sign),
        };
    }
    Ok(all)
}

/// Above [`Measured::row`]s.
pub const HEADER: &str = "parties transport bucket  triples/s  CPU-us/triple  bytes/triple/party  transfers/s/core  MB/party  1000 comparisons  \
     online alone  online ANDs/s  CPU-us/AND  round  signature";

impl Measured {
    /// What varies from run to run.
    const NUMBERS: [fn(&mut Self) -> &mut f64; 12] = [
        |measured| &mut measured.seconds,
        |measured| &mut measured.cpu_seconds,
        |measured| &mut measured.bytes,
        |measured| &mut measured.transfers,
        |measured| &mut measured.transfer_cpu_seconds,
        |measured| &mut measured.memory,
        |measured| &mut measured.comparisons,
        |measured| &mut measured.comparisons_online,
        |measured| &mut measured.ands_per_second,
        |measured| &mut measured.and_cpu_seconds,
        |measured| &mut measured.round,
        |measured| &mut measured.sign,
    ];

    fn rate(&self) -> f64 {
        self.triples / self.seconds
    }

    fn cpu_us(&self) -> f64 {
        self.cpu_seconds * 1e6 / self.triples
    }

    const fn transport(&self) -> &'static str {
        if self.quic { "quic" } else { "tcp" }
    }

    /// One line of a table.
    pub fn row(&self) -> String {
        format!(
            "{:>7} {:>9} {:>6} {:>10.0} {:>14.2} {:>19.0} {:>17.0} {:>9.0} {:>15.2} s {:>11.2} s {:>14.0} {:>11.3} {:>4.0}us {:>8.2}ms",
            self.parties,
            self.transport(),
            self.bucket,
            self.rate(),
            self.cpu_us(),
            self.bytes / self.triples,
            self.transfers / self.transfer_cpu_seconds,
            self.memory / 1e6,
            self.comparisons,
            self.comparisons_online,
            self.ands_per_second,
            self.and_cpu_seconds * 1e6,
            self.round * 1e6,
            self.sign * 1e3,
        )
    }

    /// The fields of a JSON object.
    fn json_fields(&self) -> String {
        let features = mpc_field::cpu_features().join("\",\"");
        format!(
            "\"parties\":{},\"protocol\":\"dishonest-majority\",\"transport\":\"{}\",\"bucket\":{},\
             \"and_triples_per_s\":{:.0},\"cpu_us_per_triple\":{:.2},\"bytes_per_triple_per_party\":{:.0},\
             \"cot_per_s_per_core\":{:.0},\"peak_rss_mb\":{:.0},\"comparisons_1000_s\":{:.3},\
             \"comparisons_1000_online_s\":{:.3},\"online_ands_per_s\":{:.0},\"cpu_us_per_online_and\":{:.3},\
             \"round_ms\":{:.3},\"sign_ms\":{:.3},\"cpu_features\":[\"{features}\"]",
            self.parties,
            self.transport(),
            self.bucket,
            self.rate(),
            self.cpu_us(),
            self.bytes / self.triples,
            self.transfers / self.transfer_cpu_seconds,
            self.memory / 1e6,
            self.comparisons,
            self.comparisons_online,
            self.ands_per_second,
            self.and_cpu_seconds * 1e6,
            self.round * 1e3,
            self.sign * 1e3,
        )
    }
}

/// One JSON object: the first of these, and in it, under the names of their transports, the others.
pub fn json(measured: &[Measured]) -> String {
    let Some((first, others)) = measured.split_first() else { return "{}".into() };
    let other = |other: &Measured| format!(",\"{}\":{{{}}}", other.transport(), other.json_fields());
    format!("{{{}{}}}", first.json_fields(), others.iter().map(other).collect::<String>())
}
