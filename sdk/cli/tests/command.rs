//! The command itself: what it starts ends with it, in whatever way it ends.

use std::{
    net::TcpStream,
    process::Stdio,
    time::{Duration, Instant},
};

use arx_cli::network::Description;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

/// How long starting may take: the first time, the binaries are built.
const PATIENCE: Duration = Duration::from_secs(3_000);

struct Dev {
    child: Child,
    network: Description,
    _folder: tempfile::TempDir,
}

async fn dev() -> Dev {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = Command::new(env!("CARGO_BIN_EXE_arx"))
        .args(["dev", "--json", "--port", "0", "--websocket-port", "0", "--folder"])
        .arg(folder.path().join("network"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the binary of this package starts");
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
    timeout(PATIENCE, stdout.read_line(&mut line))
        .await
        .expect("it is ready in time")
        .expect("it prints text");
    let network = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
    Dev { child, network, _folder: folder }
}

impl Dev {
    fn chain_answers(&self) -> bool {
        let address = self.network.rpc.strip_prefix("http://").expect("a URL");
        TcpStream::connect(address).is_ok()
    }

    /// Whether a process has one of the network's folders among its arguments.
    fn a_process_is_left(&self) -> bool {
        let folder = self.network.wallet.parent().expect("it lies in the network's folder").to_string_lossy();
        let Ok(processes) = std::fs::read_dir("/proc") else { return false };
        processes.flatten().any(|process| {
            let arguments = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&arguments).split('\0').any(|argument| argument.starts_with(&*folder))
        })
    }

    async fn must_leave_nothing(&self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.chain_answers() || self.a_process_is_left() {
            assert!(Instant::now() < deadline, "something still runs");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test]
async fn a_killed_command_leaves_no_process_behind() {
    let mut dev = dev().await;
    assert!(dev.chain_answers());
    dev.child.kill().await.expect("it is killed");
    dev.must_leave_nothing().await;
}

#[tokio::test]
async fn an_interrupted_command_ends_in_order() {
    let mut dev = dev().await;
    let pid = dev.child.id().expect("it runs").to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status().await.expect("kill runs");
    assert!(sent.success());
    let status =
        timeout(Duration::from_secs(60), dev.child.wait()).await.expect("in time").expect("it ended");
    assert!(status.success(), "{status}");
    dev.must_leave_nothing().await;
    let folder = dev.network.wallet.parent().expect("a folder");
    assert_eq!(Description::read(folder).expect("readable"), None, "its description is gone");
}
