//! The local chain as its users see it: bytecode runs, precompiles verify, subscriptions notify, and nothing is left
//! behind when whoever started it is gone.

use std::{
    process::{ExitStatus, Stdio},
    time::Duration,
};

use arx_program::{client, pda};
use ed25519_dalek::{Signer as _, SigningKey};
use futures::StreamExt;
use serde_json::Value;
use solana_commitment_config::CommitmentConfig;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::Message;
use solana_pubkey::Pubkey;
use solana_pubsub_client::nonblocking::pubsub_client::PubsubClient;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::config::{
    RpcAccountInfoConfig, RpcProgramAccountsConfig, RpcTransactionLogsConfig, RpcTransactionLogsFilter,
    UiAccountEncoding,
};
use solana_signer::Signer;
use solana_transaction::Transaction;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

const ARX: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../onchain-program/artifacts/arx.so");
const PATIENCE: Duration = Duration::from_secs(120);

struct Localnet {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Localnet {
    fn start(arguments: &[String]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_arx-localnet"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary of this package starts");
        let stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        Self { child, stdout }
    }

    async fn ready(&mut self) -> Value {
        let mut line = String::new();
        let read = timeout(PATIENCE, self.stdout.read_line(&mut line)).await;
        read.expect("it is ready in time").expect("its output is text");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// Waits until it ends by itself, and returns what it wrote to standard error.
    async fn ended(mut self) -> (ExitStatus, String) {
        let status = timeout(PATIENCE, self.child.wait())
            .await
            .expect("it ends in time")
            .expect("it can be waited for");
        let mut errors = String::new();
        let stderr = self.child.stderr.as_mut().expect("stderr is piped");
        stderr.read_to_string(&mut errors).await.expect("errors are text");
        (status, errors)
    }
}

fn text<'a>(ready: &'a Value, field: &str) -> &'a str {
    ready[field].as_str().unwrap_or_else(|| panic!("{field} in {ready}"))
}

async fn send(rpc: &RpcClient, payer: &Keypair, instructions: &[Instruction]) -> Result<(), String> {
    let blockhash = rpc.get_latest_blockhash().await.expect("a blockhash");
    let message = Message::new(instructions, Some(&payer.pubkey()));
    let transaction = Transaction::new(&[payer], message, blockhash);
    rpc.send_and_confirm_transaction(&transaction).await.map(drop).map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn bytecode_runs_precompiles_verify_and_subscriptions_notify() {
    let wallet = Keypair::new();
    let arguments = [
        "--program".to_owned(),
        format!("{}={ARX}", arx_program::ID),
        "--upgrade-authority".to_owned(),
        wallet.pubkey().to_string(),
        "--fund".to_owned(),
        format!("{}=5000000000", wallet.pubkey()),
    ];
    let mut localnet = Localnet::start(&arguments);
    let ready = localnet.ready().await;
    let rpc = RpcClient::new_with_commitment(text(&ready, "rpc").to_owned(), CommitmentConfig::confirmed());
    assert_eq!(rpc.get_balance(&wallet.pubkey()).await.expect("a balance"), 5_000_000_000);
    let genesis = rpc.get_genesis_hash().await.expect("a genesis hash");
    assert_eq!(hex::encode(genesis.to_bytes()), text(&ready, "genesis_hash"));

    let pubsub = PubsubClient::new(text(&ready, "websocket")).await.expect("the websocket answers");
    let config = pda::config().0;
    let account_config = RpcAccountInfoConfig {
        encoding: Some(UiAccountEncoding::Base64),
        commitment: Some(CommitmentConfig::confirmed()),
        ..RpcAccountInfoConfig::default()
    };
    let program_config =
        RpcProgramAccountsConfig { account_config: account_config.clone(), ..Default::default() };
    let logs_filter = RpcTransactionLogsFilter::Mentions(vec![arx_program::ID.to_string()]);
    let logs_config = RpcTransactionLogsConfig { commitment: Some(CommitmentConfig::confirmed()) };
    let (mut account, _) =
        pubsub.account_subscribe(&config, Some(account_config)).await.expect("accountSubscribe");
    let (mut program, _) =
        pubsub.program_subscribe(&arx_program::ID, Some(program_config)).await.expect("programSubscribe");
    let (mut logs, _) = pubsub.logs_subscribe(logs_filter, logs_config).await.expect("logsSubscribe");

    // The program that was placed runs: this instruction of it makes an account.
    let owner = wallet.pubkey();
    send(&rpc, &wallet, &[client::initialize(owner, owner, owner, 250)]).await.expect("bytecode runs");
    let made = rpc.get_account(&config).await.expect("the account that it made");
    assert_eq!(made.owner, arx_program::ID);
    let notified = timeout(PATIENCE, account.next()).await.expect("in time").expect("accountNotification");
    assert_eq!(notified.value.to_account().map(|account| account.data), Some(made.data));
    let notified = timeout(PATIENCE, program.next()).await.expect("in time").expect("programNotification");
    assert_eq!(notified.value.pubkey, config.to_string());
    let notified = timeout(PATIENCE, logs.next()).await.expect("in time").expect("logsNotification");
    assert!(
        notified.value.logs.iter().any(|line| line.contains("Instruction: Initialize")),
        "{:?}",
        notified.value.logs
    );

    // Only its upgrade authority may initialise it: the loader's account says what it should.
    let refused = send(&rpc, &wallet, &[client::initialize(owner, owner, owner, 250)]).await;
    assert!(refused.is_err(), "it is initialised already");

    // The Ed25519 precompile checks signatures.
    let key = SigningKey::from_bytes(&[7; 32]);
    let member = Pubkey::new_from_array(key.verifying_key().to_bytes());
    let signature = key.sign(b"right").to_bytes();
    let pay = solana_system_interface::instruction::transfer(&owner, &member, 1_000_000);
    let right = client::verify_signatures(&[member], &[signature], b"right");
    send(&rpc, &wallet, &[right, pay.clone()]).await.expect("the signature is right");
    let wrong = client::verify_signatures(&[member], &[signature], b"wrong");
    assert!(send(&rpc, &wallet, &[wrong, pay]).await.is_err(), "a wrong signature stops the transaction");
    assert_eq!(rpc.get_balance(&member).await.expect("a balance"), 1_000_000);
}

#[tokio::test]
async fn it_ends_when_its_input_closes() {
    let mut localnet = Localnet::start(&[]);
    localnet.ready().await;
    drop(localnet.child.stdin.take());
    assert!(localnet.ended().await.0.success());
}

#[tokio::test]
async fn it_ends_on_sigterm() {
    let mut localnet = Localnet::start(&[]);
    let ready = localnet.ready().await;
    let sent =
        Command::new("kill").args(["-TERM", &ready["pid"].to_string()]).status().await.expect("kill runs");
    assert!(sent.success());
    assert!(localnet.ended().await.0.success());
}

#[tokio::test]
async fn what_it_cannot_do_is_said_and_ends_it() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("its address").port();
    let (status, errors) = Localnet::start(&["--port".into(), port.to_string()]).ended().await;
    assert!(!status.success());
    assert!(errors.contains(&format!("port {port} is not free")), "{errors}");

    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), "no program").expect("written");
    let program = format!("{}={}", arx_program::ID, file.path().display());
    let (status, errors) = Localnet::start(&["--program".into(), program]).ended().await;
    assert!(!status.success());
    assert!(errors.contains("is no ELF file"), "{errors}");

    // An ELF file that the runtime does not take: the head of a program without the rest.
    let cut = std::fs::read(ARX).expect("the committed program")[..4096].to_vec();
    std::fs::write(file.path(), cut).expect("written");
    let program = format!("{}={}", arx_program::ID, file.path().display());
    let (status, errors) = Localnet::start(&["--program".into(), program]).ended().await;
    assert!(!status.success());
    assert!(errors.contains("the runtime refused program"), "{errors}");
}
