//! The command line.

use std::{path::PathBuf, str::FromStr};

use clap::Parser;
use solana_pubkey::Pubkey;

/// A local Solana chain with programs in place.
#[derive(Debug, Clone, Parser)]
#[command(name = "arx-localnet", version)]
pub struct Options {
    /// Port of the JSON-RPC server on 127.0.0.1; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// Port of the websocket server on 127.0.0.1; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    pub websocket_port: u16,
    /// Milliseconds per slot. Well below 400, transactions expire (150 slots) before slow machines send them.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 400, value_parser = clap::value_parser!(u64).range(20..=60_000))]
    pub slot_time: u64,
    /// A program to place, as ID=PATH of its bytecode. Repeatable.
    #[arg(long = "program", value_name = "ID=PATH")]
    pub programs: Vec<PlacedProgram>,
    /// Who may upgrade the placed programs; without it they are final.
    #[arg(long, value_name = "PUBKEY")]
    pub upgrade_authority: Option<Pubkey>,
    /// An account to fund, as PUBKEY=LAMPORTS. Repeatable.
    #[arg(long = "fund", value_name = "PUBKEY=LAMPORTS")]
    pub funds: Vec<Funds>,
    /// Keep running when standard input closes.
    #[arg(long)]
    pub detached: bool,
    /// Print what the chain logs to standard error.
    #[arg(long)]
    pub verbose: bool,
}

/// `ID=PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedProgram {
    /// The address it gets.
    pub id: Pubkey,
    /// Where its bytecode is.
    pub path: PathBuf,
}

/// `PUBKEY=LAMPORTS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Funds {
    /// Who gets them.
    pub account: Pubkey,
    /// How many.
    pub lamports: u64,
}

impl FromStr for PlacedProgram {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (id, path) = halves(text)?;
        Ok(Self { id: address(id)?, path: path.into() })
    }
}

impl FromStr for Funds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (account, lamports) = halves(text)?;
        let lamports =
            lamports.parse().map_err(|error| format!("`{lamports}` is no number of lamports: {error}"))?;
        Ok(Self { account: address(account)?, lamports })
    }
}

fn halves(text: &str) -> Result<(&str, &str), String> {
    text.split_once('=').ok_or_else(|| format!("`{text}` has no `=`"))
}

fn address(text: &str) -> Result<Pubkey, String> {
    text.parse().map_err(|error| format!("`{text}` is no base58 address: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AQdg52pQLFRaSuZSHXgip6FxQSLcsapL6E9vMZGTL34";

    #[test]
    fn pairs_are_parsed_and_refused_with_a_reason() {
        let placed: PlacedProgram = format!("{KEY}=a=b.so").parse().expect("a path may contain `=`");
        assert_eq!(placed.path, PathBuf::from("a=b.so"));
        assert_eq!(placed.id.to_string(), KEY);
        assert_eq!(format!("{KEY}=7").parse::<Funds>().map(|funds| funds.lamports), Ok(7));
        assert!(format!("{KEY}=-7").parse::<Funds>().unwrap_err().contains("no number of lamports"));
        assert!("x=7".parse::<Funds>().unwrap_err().contains("no base58 address"));
        assert!(KEY.parse::<Funds>().unwrap_err().contains("no `=`"));
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Options::command().debug_assert();
    }
}
