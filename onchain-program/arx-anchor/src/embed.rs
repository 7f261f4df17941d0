//! What `#[derive(Accounts)]` needs from a type that is one field of an application's accounts, for types that it cannot
//! derive itself because they carry the type of a circuit's values.

/// Implements everything but `Accounts` for `$name<'info, $parameter>`. Its accounts are read only. The two hidden
/// modules hold what Anchor looks for by name: the accounts as keys (for clients) and as infos (for CPIs).
macro_rules! embeddable_accounts {
    (
        $name:ident<$parameter:ident>, $bumps:ident, $client:ident, $cpi:ident,
        { $($(#[$doc:meta])* $field:ident: signer $signer:literal,)+ }
    ) => {
        /// Anchor's bumps of these accounts: there are none.
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $bumps {}

        impl<$parameter> Bumps for $name<'_, $parameter> {
            type Bumps = $bumps;
        }

        impl<$parameter> ToAccountMetas for $name<'_, $parameter> {
            fn to_account_metas(&self, is_signer: Option<bool>) -> Vec<AccountMeta> {
                vec![$(AccountMeta::new_readonly(self.$field.key(), is_signer.unwrap_or($signer))),+]
            }
        }

        impl<'info, $parameter> ToAccountInfos<'info> for $name<'info, $parameter> {
            fn to_account_infos(&self) -> Vec<AccountInfo<'info>> {
                vec![$(self.$field.to_account_info()),+]
            }
        }

        impl<'info, $parameter> AccountsExit<'info> for $name<'info, $parameter> {}

        impl<$parameter> DuplicateMutableAccountKeys for $name<'_, $parameter> {
            fn duplicate_mutable_account_keys(&self) -> Vec<Pubkey> {
                Vec::new()
            }
        }

        #[doc(hidden)]
        pub mod $client {
            use super::*;

            /// The accounts as keys.
            #[derive(AnchorSerialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
            pub struct $name {
                $($(#[$doc])* pub $field: Pubkey,)+
            }

            impl ToAccountMetas for $name {
                fn to_account_metas(&self, is_signer: Option<bool>) -> Vec<AccountMeta> {
                    vec![$(AccountMeta::new_readonly(self.$field, $signer && is_signer.unwrap_or(true))),+]
                }
            }
        }

        #[doc(hidden)]
        pub mod $cpi {
            use super::*;

            /// The accounts as infos.
            #[derive(Clone, Debug)]
            pub struct $name<'info> {
                $($(#[$doc])* pub $field: AccountInfo<'info>,)+
            }

            impl ToAccountMetas for $name<'_> {
                fn to_account_metas(&self, is_signer: Option<bool>) -> Vec<AccountMeta> {
                    vec![$(AccountMeta::new_readonly(*self.$field.key, $signer && is_signer.unwrap_or(true))),+]
                }
            }

            impl<'info> ToAccountInfos<'info> for $name<'info> {
                fn to_account_infos(&self) -> Vec<AccountInfo<'info>> {
                    vec![$(self.$field.clone()),+]
                }
            }
        }
    };
}

pub(crate) use embeddable_accounts;
