//! `answer_opening`: shows the opening that a challenge demands, in a buffer, with the node's own signatures that say where in the session it
//! belongs: over its message of the certificate, and over the message right after that. They are its own statement: one that
//! differs from what it sent to others convicts it of equivocation.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::OpeningShown,
    message::{MessageHeader, sha256},
    money,
    record::{self, ensure, ensure_same},
    signatures,
    state::{Answer, Buffer, Challenge, Node},
};

/// The phase in which members sign the certificate: there is one in a session.
pub const CERTIFICATE_PHASE: [u8; 5] = [11, 0, 0, 0, 0];
/// First byte of the phases in which members open values.
pub const OPENING_PHASE: u8 = 8;
/// First byte of the phases in which members begin to sign what the circuit signs: where that is the first that is shown.
pub const SIGNING_PHASE: u8 = 22;
/// The recipient of a broadcast.
const ALL: u8 = 255;

/// Accounts of `answer_opening`.
#[derive(Accounts)]
pub struct AnswerOpening<'info> {
    /// The node's fee payer; receives the bond and owns the buffer.
    #[account(mut)]
    pub fee_payer: Signer<'info>,
    /// CHECK: the node.
    pub node: UncheckedAccount<'info>,
    /// CHECK: the challenge.
    #[account(mut)]
    pub challenge: UncheckedAccount<'info>,
    /// CHECK: the opening's bytes; stay until the challenge is closed.
    #[account(mut)]
    pub opening: UncheckedAccount<'info>,
    /// CHECK: the instructions sysvar, by its address.
    #[account(address = solana_sdk_ids::sysvar::instructions::ID)]
    pub instructions: UncheckedAccount<'info>,
}

impl<'info> AnswerOpening<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, signature_instruction: u8) -> Result<()> {
        let accounts = ctx.accounts;
        let node: Box<Node> = record::open(&accounts.node)?;
        let mut challenge: Box<Challenge> = record::open(&accounts.challenge)?;
        let mut buffer: Box<Buffer> = record::open(&accounts.opening)?;
        let owner = *accounts.fee_payer.key;
        ensure!(node.fee_payer == owner && buffer.owner == owner, ArxError::WrongAuthority);
        ensure_same!(challenge.identity, node.identity, ArxError::AccountsDoNotBelongTogether);
        let open = challenge.answer.is_none() && Clock::get()?.slot <= challenge.answer_by;
        ensure!(open, ArxError::ChallengeClosed);
        buffer.check_unlocked()?;
        let mut demand = challenge.demand.ok_or(ArxError::ChallengeClosed)?;
        let data = signatures::load(&accounts.instructions, signature_instruction)?;
        let signed = signatures::read(&data, signature_instruction)?;
        let [first, second] = signed.as_slice() else { return Err(ArxError::WrongSignatureCount.into()) };
        let key = node.identity.as_ref();
        ensure!(first.key == key && second.key == key, ArxError::WrongSigner);
        let certificate = MessageHeader::parse(first.message).ok_or(ArxError::WrongOpening)?;
        let opening = MessageHeader::parse(second.message).ok_or(ArxError::WrongOpening)?;
        for header in [&certificate, &opening] {
            let here = header.cluster == challenge.cluster
                && header.epoch == demand.epoch
                && header.session == demand.session
                && header.sender == demand.member
                && header.piece == 0;
            ensure!(here, ArxError::WrongOpening);
        }
        let follows = certificate.phase == CERTIFICATE_PHASE
            && certificate.recipient == ALL
            && matches!(opening.phase[0], OPENING_PHASE | SIGNING_PHASE)
            && Some(opening.broadcasts) == certificate.broadcasts.checked_add(1)
            && opening.running_digest == certificate.next_chain();
        ensure!(follows, ArxError::WrongOpening);
        let hash = {
            let data = accounts.opening.try_borrow_data()?;
            sha256(&[Buffer::bytes(&data, buffer.length).ok_or(ArxError::BufferOutOfRange)?])
        };
        ensure_same!(opening.payload_hash, hash, ArxError::WrongOpening);
        buffer.locked_by = Some(accounts.challenge.key());
        demand.shown = Some(accounts.opening.key());
        challenge.demand = Some(demand);
        let (round, running_digest) = (opening.broadcasts, opening.running_digest);
        challenge.answer = Some(Answer { round, running_digest, message_hash: hash });
        let bond = std::mem::take(&mut challenge.bond);
        record::save(&*buffer, &accounts.opening)?;
        record::save(&*challenge, &accounts.challenge)?;
        money::move_lamports(&accounts.challenge, &accounts.fee_payer, bond)?;
        crate::events::emit(&OpeningShown {
            computation: challenge.computation,
            identity: node.identity,
            session: demand.session,
            opening: accounts.opening.key(),
        });
        Ok(())
    }
}
