//! The counter: an application without a program of its own. The `echo` program forwards whatever a test wants an
//! application to send, so tests can also send what no honest application would.

use arcis_compiler::{
    CompiledInstruction,
    codegen::{Target, generate},
    compile_source,
};
use arx_sdk::{
    Call, CallId, Client, Definition, Deployable, Instruction, PinnedCluster, RecipientSeed, SealedArgument,
    SealedCall, Settled,
    program::{
        client::{self as build, Caller},
        instructions::QueueArguments,
        pda,
        state::{Argument, Computation},
    },
};
use arx_testing::application::{ECHO, forward};
use solana_instruction::AccountMeta;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

#[rustfmt::skip]
pub mod generated;

const SOURCE: &str = include_str!("circuit.rs");
const GENERATED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/counter/generated.rs");

pub fn compiled() -> Vec<CompiledInstruction> {
    compile_source("counter/circuit.rs", SOURCE).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_counters_client_is_generated_from_its_circuit() {
    let generated = generate("counter", &compiled(), Target::Client);
    if std::env::var_os("ARCIS_BLESS").is_some() {
        std::fs::write(GENERATED, &generated).expect("the file can be written");
    }
    let committed = std::fs::read_to_string(GENERATED).expect("the file is committed");
    assert!(committed == generated, "run this test with ARCIS_BLESS=1");
}

/// How long a call may take.
pub const PATIENCE_SLOTS: u64 = 250;

/// An MXE of the `echo` program with the counter's circuits.
pub struct Counter {
    pub chain: Client,
    pub cluster: PinnedCluster,
    pub mxe: Pubkey,
    pub owner: Keypair,
}

/// A call as it goes to the chain: what a test may tamper with.
#[derive(Clone, Debug)]
pub struct Draft {
    pub definition: Pubkey,
    pub queue: QueueArguments,
    pub remaining: Vec<AccountMeta>,
}

impl Counter {
    /// Puts MXE number `id` of the `echo` program on the cluster, and all circuits on the chain.
    pub async fn deploy(chain: Client, cluster: PinnedCluster, owner: Keypair, id: u64) -> Self {
        let mxe = pda::mxe(&ECHO, id).0;
        let create = build::create_mxe(owner.pubkey(), owner.pubkey(), ECHO, cluster.address, id);
        chain.send("creating the MXE", &[forward(create)], &[&owner]).await.expect("the MXE is created");
        for instruction in compiled() {
            let circuit = Deployable::new(&instruction.bytes).expect("the compiler's artifacts are valid");
            chain.define(&owner, &owner, mxe, &circuit).await.expect("the circuit is defined");
        }
        Self { chain, cluster, mxe, owner }
    }

    pub async fn definition<I: Instruction>(&self) -> Definition<I> {
        self.chain.definition(&self.mxe).await.expect("the definition is the generated one")
    }

    /// Makes a cell.
    pub async fn cell(&self, label: u8) -> Pubkey {
        let label = [label; 32];
        let create = build::create_cell(self.owner.pubkey(), ECHO, self.mxe, label, 64);
        self.chain
            .send("creating a cell", &[forward(create)], &[&self.owner])
            .await
            .expect("the cell is created");
        pda::cell(&self.mxe, &label).0
    }

    /// Encrypts a call of the owner's about `instance`.
    pub async fn seal<I: Instruction>(
        &self,
        instance: u8,
        counter: u64,
        arguments: &I::Arguments,
    ) -> SealedCall<I> {
        let not_after = self.chain.slot().await.expect("the slot") + PATIENCE_SLOTS;
        let instance = Pubkey::new_from_array([instance; 32]);
        let id = CallId { instance, authority: self.owner.pubkey(), counter, not_after };
        let call = Call::new(&self.cluster, &self.definition::<I>().await, id);
        call.encrypt(arguments, &seed()).expect("it encrypts")
    }

    /// The call as an honest application would pass it on. Cell parameters read and write the one `cell`.
    pub fn draft<I: Instruction>(
        &self,
        sealed: &SealedCall<I>,
        cell: Option<Pubkey>,
        writes: &[bool],
    ) -> Draft {
        let id = sealed.call().id();
        let arguments = sealed.arguments().iter().map(|argument| match argument {
            SealedArgument::Plaintext(bytes) => Argument::Plaintext(bytes.clone()),
            SealedArgument::Input(bytes) => Argument::Input(bytes.clone()),
            SealedArgument::Cell => Argument::Cell { account: 0 },
            SealedArgument::Mxe => Argument::Empty,
        });
        let queue = QueueArguments {
            counter: id.counter,
            instance: id.instance,
            epoch: sealed.call().epoch(),
            not_after: id.not_after,
            deadline: id.not_after,
            priority_fee: 0,
            arguments: arguments.collect(),
            output_cells: writes.iter().map(|writes| writes.then_some(0)).collect(),
            callback: None,
        };
        let remaining = cell.into_iter().map(|cell| AccountMeta::new_readonly(cell, false)).collect();
        Draft { definition: Definition::<I>::address_of(&self.mxe), queue, remaining }
    }

    /// Puts a call into the queue, signed by `authority`, who pays; returns the computation's address.
    pub async fn queue(&self, draft: &Draft, authority: &Keypair) -> Result<Pubkey, arx_sdk::Error> {
        let caller = Caller {
            payer: authority.pubkey(),
            authority: authority.pubkey(),
            application: ECHO,
            mxe: self.mxe,
            cluster: self.cluster.address,
            definition: draft.definition,
        };
        let queue = build::queue_computation(&caller, draft.queue.clone(), draft.remaining.clone());
        self.chain.send("queueing", &[forward(queue)], &[authority]).await?;
        let Draft { definition, queue, .. } = draft;
        Ok(pda::computation(definition, &queue.instance, &authority.pubkey(), queue.counter).0)
    }

    pub async fn must_queue(&self, draft: &Draft) -> Pubkey {
        self.queue(draft, &self.owner).await.expect("the call is queued")
    }

    pub async fn settled(&self, computation: &Pubkey) -> Settled {
        self.chain.await_settled(computation, &mut |_| {}).await.expect("it ends before its deadline")
    }

    /// A cell that holds `value`.
    pub async fn cell_with(&self, label: u8, value: u64) -> Pubkey {
        use generated::start::{Arguments, Start};

        let cell = self.cell(label).await;
        let sealed = self.seal::<Start>(label, 0, &Arguments { value }).await;
        let computation = self.must_queue(&self.draft(&sealed, Some(cell), &[true])).await;
        self.settled(&computation).await.finalized().expect("it has a result");
        cell
    }

    /// What a cell holds, by revealing it.
    pub async fn value(&self, instance: u8, counter: u64, cell: Pubkey) -> u64 {
        use generated::show::{Arguments, Show};

        let sealed = self.seal::<Show>(instance, counter, &Arguments {}).await;
        let computation = self.must_queue(&self.draft(&sealed, Some(cell), &[false])).await;
        let settled = self.settled(&computation).await;
        let outputs = self.chain.open(&self.cluster, &sealed, settled, &seed()).await;
        outputs.unwrap_or_else(|error| panic!("{error}")).output_0
    }

    /// What the members and the treasury are owed in all.
    pub async fn earned(&self) -> u64 {
        let cluster = self.chain.cluster(&self.cluster.address).await.expect("the cluster");
        cluster.accrued.iter().sum::<u64>() + cluster.treasury_accrued
    }
}

/// The seed of the owner's recipient keys.
pub fn seed() -> RecipientSeed {
    RecipientSeed::from_stored([77; 32])
}

/// Lamports that the escrow of a call takes.
pub fn escrowed(computation: &Computation) -> u64 {
    let escrow = computation.escrow;
    escrow.base_fee + escrow.work_fee + escrow.priority_fee
}
