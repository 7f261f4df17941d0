//! Callbacks: how the network hands an outcome to the application.
//!
//! The arx program calls the handler with two accounts of its own, its signer for this application's callbacks and the
//! computation, and then with the accounts that the application listed when it queued the computation. A handler's accounts therefore begin
//! with a [`Callback`], and the list is made from the handler's own accounts by [`callback_to`].
//!
//! Outcomes are delivered at most once, and a callback that fails undoes nothing but itself: it can be delivered again.
//! A handler is told of every outcome, also of failures. It cannot queue another computation (Solana forbids that a
//! called program calls its caller); an application that needs to uses [`PullAccounts`](crate::PullAccounts).

use core::marker::PhantomData;
use std::collections::BTreeSet;

use anchor_lang::{
    Bumps, Discriminator, DuplicateMutableAccountKeys, ToAccountInfos, prelude::*,
    solana_program::instruction::AccountMeta,
};
use arx_program::state::{CallbackAccount, CallbackSpec, Computation, ResultBuffer};

use crate::{
    Application, ArxAnchorError,
    embed::embeddable_accounts,
    outcome::{Outcome, Outputs, check},
};

/// The first field of a callback handler's accounts. `O` is the generated type of the computation's outputs.
///
/// Checked before the handler runs: the caller is the arx program; the computation is its account, is settled, and is of
/// this application, of the MXE and the definition of `O`, and of the very circuit that `O` was generated from.
pub struct Callback<'info, O> {
    callback_signer: Signer<'info>,
    computation: Box<Account<'info, Computation>>,
    outputs: PhantomData<fn() -> O>,
}

/// A [`Callback`]'s accounts, where a handler's accounts are given as keys.
pub type CallbackKeys = __client_accounts_callback::Callback;

impl<O> Callback<'_, O> {
    /// Address of the computation.
    pub fn computation(&self) -> Pubkey {
        self.computation.key()
    }

    /// The instance it was queued with. Compare it with the accounts that the handler changes.
    pub fn instance(&self) -> Pubkey {
        self.computation.instance
    }

    /// The end user who signed the call.
    pub fn authority(&self) -> Pubkey {
        self.computation.authority
    }
}

impl<O> Callback<'_, O> {
    /// Reads outputs that are too long for the computation's account, where they lie. `buffer` is the callback's last
    /// account, behind those that the application listed. Take what is needed out of it: they are longer than a program's heap.
    pub fn with_large_outputs<T>(
        &self,
        buffer: &AccountInfo<'_>,
        read: impl FnOnce(&[&[u8]]) -> Result<T>,
    ) -> Result<T> {
        let expected = self.computation.result.as_ref().and_then(|result| result.buffer);
        require!(expected == Some(*buffer.key), ArxAnchorError::NoResult);
        let data = buffer.try_borrow_data()?;
        let head = ResultBuffer::try_deserialize(&mut &data[..])?;
        let outputs = ResultBuffer::bytes(&data, head.length)
            .and_then(ResultBuffer::split)
            .ok_or(ArxAnchorError::MalformedOutputs)?;
        read(&outputs)
    }
}

impl<O: Outputs> Callback<'_, O> {
    /// What became of the computation.
    pub fn outcome(&self) -> Result<Outcome<O>> {
        Outcome::read(&self.computation)
    }

    /// Its outputs; an error where it failed or expired. The application is then never told of the failure, so use
    /// [`Callback::outcome`] wherever that matters.
    pub fn outputs(&self) -> Result<O> {
        self.outcome()?.into_outputs()
    }
}

impl<'info, O: Outputs> Accounts<'info, CallbackBumps> for Callback<'info, O> {
    fn try_accounts(
        program: &Pubkey,
        accounts: &mut &'info [AccountInfo<'info>],
        _: &[u8],
        _: &mut CallbackBumps,
        _: &mut BTreeSet<Pubkey>,
    ) -> Result<Self> {
        let all: &'info [AccountInfo<'info>] = accounts;
        let [callback_signer, computation, rest @ ..] = all else {
            return err!(ErrorCode::AccountNotEnoughKeys);
        };
        *accounts = rest;
        require!(callback_signer.is_signer, ArxAnchorError::NotCalledByArx);
        let expected = O::DEFINITION.application.callback_signer;
        require_keys_eq!(*callback_signer.key, expected, ArxAnchorError::NotCalledByArx);
        let callback_signer = Signer::try_from(callback_signer)?;
        let computation: Box<Account<'info, Computation>> = Box::new(Account::try_from(computation)?);
        check(&O::DEFINITION, program, &computation)?;
        Ok(Self { callback_signer, computation, outputs: PhantomData })
    }
}

embeddable_accounts! {
    Callback<O>, CallbackBumps, __client_accounts_callback, __cpi_client_accounts_callback,
    {
        /// Signs the callbacks to this application.
        callback_signer: signer true,
        /// The computation.
        computation: signer false,
    }
}

impl CallbackKeys {
    /// The accounts of the callback of `computation`.
    pub fn new(application: &Application, computation: Pubkey) -> Self {
        Self { callback_signer: application.callback_signer, computation }
    }
}

/// Names a callback handler of the application: its instruction `I` and its accounts, both of the structs that Anchor generates in
/// `crate::instruction` and `crate::accounts`.
pub fn callback_to<I: Discriminator>(
    application: &Application,
    accounts: &impl ToAccountMetas,
) -> Result<CallbackSpec> {
    let discriminator =
        I::DISCRIMINATOR.try_into().map_err(|_| error!(ArxAnchorError::CallbackDiscriminator))?;
    let metas = accounts.to_account_metas(None);
    let [callback_signer, _, rest @ ..] = metas.as_slice() else {
        return err!(ArxAnchorError::WrongCallbackHead);
    };
    let expected = application.callback_signer;
    require_keys_eq!(callback_signer.pubkey, expected, ArxAnchorError::WrongCallbackHead);
    let accounts = rest
        .iter()
        .map(|meta| {
            require!(!meta.is_signer, ArxAnchorError::CallbackSigner);
            Ok(CallbackAccount { key: meta.pubkey, writable: meta.is_writable })
        })
        .collect::<Result<_>>()?;
    Ok(CallbackSpec { discriminator, accounts })
}

#[cfg(test)]
mod tests {
    use super::*;

    const APPLICATION: Application = Application::new(&Pubkey::new_from_array([9; 32]), 0);

    struct Handler;

    impl Discriminator for Handler {
        const DISCRIMINATOR: &'static [u8] = &[1, 2, 3, 4, 5, 6, 7, 8];
    }

    struct ShortHandler;

    impl Discriminator for ShortHandler {
        const DISCRIMINATOR: &'static [u8] = &[1];
    }

    struct Metas(Vec<AccountMeta>);

    impl ToAccountMetas for Metas {
        fn to_account_metas(&self, _: Option<bool>) -> Vec<AccountMeta> {
            self.0.clone()
        }
    }

    fn handler_metas(more: impl IntoIterator<Item = AccountMeta>) -> Metas {
        let mut metas = CallbackKeys::new(&APPLICATION, Pubkey::new_unique()).to_account_metas(None);
        metas.extend(more);
        Metas(metas)
    }

    #[test]
    fn a_callback_lists_the_accounts_after_the_first_two() {
        let (read, written) = (Pubkey::new_unique(), Pubkey::new_unique());
        let metas = handler_metas([AccountMeta::new(written, false), AccountMeta::new_readonly(read, false)]);
        let spec = callback_to::<Handler>(&APPLICATION, &metas).unwrap();
        assert_eq!(spec.discriminator, [1, 2, 3, 4, 5, 6, 7, 8]);
        let accounts = [(written, true), (read, false)];
        assert_eq!(spec.accounts, accounts.map(|(key, writable)| CallbackAccount { key, writable }));
    }

    #[test]
    fn handlers_that_could_never_be_called_are_refused() {
        let key = Pubkey::new_unique();
        let code = |result: Result<CallbackSpec>| match result {
            Err(Error::AnchorError(error)) => error.error_code_number,
            other => panic!("{other:?}"),
        };
        let signer = handler_metas([AccountMeta::new_readonly(key, true)]);
        assert_eq!(
            code(callback_to::<Handler>(&APPLICATION, &signer)),
            ArxAnchorError::CallbackSigner.into()
        );
        let other = Application::new(&Pubkey::new_from_array([8; 32]), 0);
        let others = Metas(CallbackKeys::new(&other, key).to_account_metas(None));
        assert_eq!(
            code(callback_to::<Handler>(&APPLICATION, &others)),
            ArxAnchorError::WrongCallbackHead.into()
        );
        let no_head = Metas(vec![AccountMeta::new_readonly(key, false); 3]);
        assert_eq!(
            code(callback_to::<Handler>(&APPLICATION, &no_head)),
            ArxAnchorError::WrongCallbackHead.into()
        );
        assert_eq!(
            code(callback_to::<Handler>(&APPLICATION, &Metas(vec![]))),
            ArxAnchorError::WrongCallbackHead.into()
        );
        assert_eq!(
            code(callback_to::<ShortHandler>(&APPLICATION, &handler_metas([]))),
            ArxAnchorError::CallbackDiscriminator.into()
        );
    }
}
