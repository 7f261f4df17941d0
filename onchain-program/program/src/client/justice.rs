//! Builders of the instructions about offences, challenges and disputes.

use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
    system_program,
};
use solana_sdk_ids::{ed25519_program, sysvar::instructions::ID as INSTRUCTIONS_ID};

use super::{build, with_remaining};
use crate::{
    accounts, instruction,
    instructions::{Equivocation, EquivocationArguments, LeakedKey},
    message::Opening,
    pda, signatures,
    state::{Challenge, Computation, Dispute, Node, OffenceClass, Parameters},
};

/// The precompile instruction that [`submit_equivocation`] refers to: two signatures of one key.
pub fn verify_two(key: &Pubkey, signed: [(&[u8], &[u8; 64]); 2]) -> Instruction {
    Instruction {
        program_id: ed25519_program::ID,
        accounts: Vec::new(),
        data: signatures::two_messages(key, signed),
    }
}

/// What every punishment takes, in front of an instruction's own accounts.
fn accused(
    payer: Pubkey,
    identity: Pubkey,
    cluster: Pubkey,
    class: OffenceClass,
    session: &[u8; 32],
) -> accounts::Accused {
    accounts::Accused {
        payer,
        config: pda::config().0,
        node: pda::node(&identity).0,
        stake: pda::node_stake(&identity).0,
        pool: pda::stake_pool().0,
        cluster,
        offence: pda::offence(&identity, class, session).0,
        system_program: system_program::ID,
    }
}

/// See [`crate::instructions::report_leaked_key`]. Of an identity, signed by it in instruction 0 over
/// [`crate::message::leaked_key_message`] ([`super::verify_signatures`]).
pub fn report_leaked_key(finder: Pubkey, node: &Node, leaked: LeakedKey) -> Instruction {
    let session = match &leaked {
        LeakedKey::Identity { .. } => node.identity.to_bytes(),
        LeakedKey::Encryption { encryption_key, .. } => *encryption_key,
    };
    let cluster = node.cluster.or(node.last_cluster).unwrap_or_default();
    build(
        accounts::ReportLeakedKey {
            accused: accused(finder, node.identity, cluster, OffenceClass::LeakedKey, &session),
            own_part: pda::delegation(&node.identity, &node.authority).0,
            key_record: pda::encryption_key_record(&node.encryption_key).0,
            instructions: INSTRUCTIONS_ID,
        },
        instruction::ReportLeakedKey { leaked },
    )
}

/// See [`crate::instructions::declare_value`].
pub fn declare_value(payer: Pubkey, authority: Pubkey, mxe: Pubkey, tokens: u64) -> Instruction {
    build(
        accounts::DeclareValue {
            payer,
            authority,
            mxe,
            value: pda::declared_value(&mxe).0,
            system_program: system_program::ID,
        },
        instruction::DeclareValue { tokens },
    )
}

/// See [`crate::instructions::challenge_opening`]. The members' signatures over [`Opening::message`] are in instruction 0, or
/// in the `attestation` with this hash of the message.
pub fn challenge_opening(
    challenger: Pubkey,
    address: Pubkey,
    computation: &Computation,
    identity: Pubkey,
    opening: Opening,
    attestation: Option<&[u8; 32]>,
) -> Instruction {
    let subject = Pubkey::new_from_array(opening.session);
    build(
        accounts::ChallengeOpening {
            challenger,
            config: pda::config().0,
            computation: address,
            cluster: computation.cluster,
            node: pda::node(&identity).0,
            value: pda::declared_value(&computation.mxe).0,
            challenge: pda::challenge(&subject, &identity).0,
            signatures: attestation.map_or(INSTRUCTIONS_ID, |hash| pda::attestation(&address, hash).0),
            system_program: system_program::ID,
        },
        instruction::ChallengeOpening { opening, signature_instruction: 0 },
    )
}

/// See [`crate::instructions::answer_opening`]. The node's two signatures are in instruction 0 ([`verify_two`]); the opening is
/// in its buffer with this label.
pub fn answer_opening(
    fee_payer: Pubkey,
    identity: Pubkey,
    session: &[u8; 32],
    label: &[u8; 32],
) -> Instruction {
    let subject = Pubkey::new_from_array(*session);
    build(
        accounts::AnswerOpening {
            fee_payer,
            node: pda::node(&identity).0,
            challenge: pda::challenge(&subject, &identity).0,
            opening: pda::buffer(&fee_payer, label).0,
            instructions: INSTRUCTIONS_ID,
        },
        instruction::AnswerOpening { signature_instruction: 0 },
    )
}

/// See [`crate::instructions::submit_equivocation`]. `computation` is the one the results are of; any address for messages.
pub fn submit_equivocation(
    reporter: Pubkey,
    identity: Pubkey,
    cluster: Pubkey,
    computation: Pubkey,
    session: &[u8; 32],
    evidence: Equivocation,
    signature_instruction: u8,
) -> Instruction {
    build(
        accounts::SubmitEquivocation {
            accused: accused(reporter, identity, cluster, OffenceClass::Equivocation, session),
            computation,
            instructions: INSTRUCTIONS_ID,
        },
        instruction::SubmitEquivocation {
            arguments: EquivocationArguments { evidence, signature_instruction },
        },
    )
}

/// See [`crate::instructions::challenge_liveness`].
pub fn challenge_liveness(
    challenger: Pubkey,
    computation: Pubkey,
    cluster: Pubkey,
    identity: Pubkey,
) -> Instruction {
    build(
        accounts::ChallengeLiveness {
            challenger,
            config: pda::config().0,
            computation,
            cluster,
            node: pda::node(&identity).0,
            challenge: pda::challenge(&computation, &identity).0,
            system_program: system_program::ID,
        },
        instruction::ChallengeLiveness {},
    )
}

/// See [`crate::instructions::answer_challenge`].
pub fn answer_challenge(
    fee_payer: Pubkey,
    identity: Pubkey,
    computation: Pubkey,
    round: u32,
    running_digest: [u8; 32],
    message: Vec<u8>,
) -> Instruction {
    build(
        accounts::AnswerChallenge {
            fee_payer,
            node: pda::node(&identity).0,
            challenge: pda::challenge(&computation, &identity).0,
        },
        instruction::AnswerChallenge { round, running_digest, message },
    )
}

/// See [`crate::instructions::record_miss`].
pub fn record_miss(payer: Pubkey, challenge: &Challenge, parameters: &Parameters) -> Instruction {
    let identity = challenge.identity;
    build(
        accounts::RecordMiss {
            payer,
            config: pda::config().0,
            cluster: challenge.cluster,
            node: pda::node(&identity).0,
            stake: pda::node_stake(&identity).0,
            pool: pda::stake_pool().0,
            challenge: pda::challenge(&challenge.subject(), &identity).0,
            misses: pda::misses(window_of(challenge, parameters)).0,
            system_program: system_program::ID,
        },
        instruction::RecordMiss {},
    )
}

/// See [`crate::instructions::strike_node`].
pub fn strike_node(payer: Pubkey, challenge: &Challenge, parameters: &Parameters) -> Instruction {
    let identity = challenge.identity;
    let window = window_of(challenge, parameters);
    let (class, session) = match challenge.demand {
        Some(demand) => (OffenceClass::Withholding, demand.session),
        None => {
            let mut session = [0; 32];
            session[..8].copy_from_slice(&window.to_le_bytes());
            (OffenceClass::Silence, session)
        }
    };
    build(
        accounts::StrikeNode {
            accused: accused(payer, identity, challenge.cluster, class, &session),
            challenge: pda::challenge(&challenge.subject(), &identity).0,
            challenger: challenge.challenger,
            misses: pda::misses(window).0,
        },
        instruction::StrikeNode {},
    )
}

/// The window in which a challenge counts if it is missed.
pub fn window_of(challenge: &Challenge, parameters: &Parameters) -> u64 {
    challenge.answer_by / parameters.challenge_slots.max(1)
}

/// See [`crate::instructions::close_challenge`]. `subject` is the computation, or the session of a demanded opening, which
/// also needs the `shown` buffer if it was answered.
pub fn close_shown(challenger: Pubkey, subject: Pubkey, identity: Pubkey, shown: Pubkey) -> Instruction {
    let instruction = close_challenge(challenger, subject, identity);
    with_remaining(instruction, vec![AccountMeta::new(shown, false)])
}

/// See [`crate::instructions::close_challenge`].
pub fn close_challenge(challenger: Pubkey, computation: Pubkey, identity: Pubkey) -> Instruction {
    build(
        accounts::CloseChallenge {
            config: pda::config().0,
            challenger,
            challenge: pda::challenge(&computation, &identity).0,
        },
        instruction::CloseChallenge {},
    )
}

/// See [`crate::instructions::unjail`].
pub fn unjail(authority: Pubkey, identity: Pubkey, cluster: Pubkey) -> Instruction {
    build(accounts::Unjail { authority, node: pda::node(&identity).0, cluster }, instruction::Unjail {})
}

/// See [`crate::instructions::open_dispute`]. `members` are those of the accused's cluster; the evidence is the accuser's
/// buffer with this label.
#[allow(clippy::too_many_arguments)]
pub fn open_dispute(
    accuser: Pubkey,
    accused: Pubkey,
    cluster: Pubkey,
    members: &[Pubkey],
    label: &[u8; 32],
    class: OffenceClass,
    session: [u8; 32],
    computation: Option<Pubkey>,
) -> Instruction {
    let stakes =
        members.iter().map(|member| AccountMeta::new_readonly(pda::node_stake(member).0, false)).collect();
    let instruction = build(
        accounts::OpenDispute {
            accuser,
            config: pda::config().0,
            pool: pda::stake_pool().0,
            accused: pda::node(&accused).0,
            cluster,
            evidence: pda::buffer(&accuser, label).0,
            computation,
            dispute: pda::dispute(&accused, class, &session).0,
            system_program: system_program::ID,
        },
        instruction::OpenDispute { class, session },
    );
    with_remaining(instruction, stakes)
}

/// See [`crate::instructions::add_evidence`].
pub fn add_evidence(fee_payer: Pubkey, accused: Pubkey, label: &[u8; 32], dispute: Pubkey) -> Instruction {
    build(
        accounts::AddEvidence {
            fee_payer,
            accused: pda::node(&accused).0,
            evidence: pda::buffer(&fee_payer, label).0,
            dispute,
        },
        instruction::AddEvidence {},
    )
}

/// See [`crate::instructions::vote_dispute`].
pub fn vote_dispute(fee_payer: Pubkey, juror: Pubkey, dispute: Pubkey, guilty: bool) -> Instruction {
    build(
        accounts::VoteDispute {
            fee_payer,
            juror: pda::node(&juror).0,
            stake: pda::node_stake(&juror).0,
            dispute,
            vote: pda::vote(&dispute, &juror).0,
            system_program: system_program::ID,
        },
        instruction::VoteDispute { guilty },
    )
}

/// See [`crate::instructions::resolve_dispute`]. `authority` is the accused's cold key.
pub fn resolve_dispute(payer: Pubkey, authority: Pubkey, dispute: &Dispute) -> Instruction {
    let accused = dispute.accused;
    let address = pda::dispute(&accused, dispute.class, &dispute.session).0;
    build(
        accounts::ResolveDispute {
            accused: self::accused(payer, accused, dispute.cluster, dispute.class, &dispute.session),
            dispute: address,
            accuser: dispute.accuser,
            authority,
            evidence: dispute.evidence,
            defence: dispute.defence.unwrap_or(address),
        },
        instruction::ResolveDispute {},
    )
}
