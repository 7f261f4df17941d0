//! The accounts' part of the interface description (`onchain-program/idl`).
//!
//! Anchor finds account types in `Account<'info, T>` fields. This program opens its accounts by hand (`record`), so they
//! are listed here.

use std::collections::BTreeMap;

use anchor_lang::{
    Discriminator,
    idl::{IdlBuild, serde_json, types::IdlTypeDef},
};

use crate::state::*;

fn add<T: IdlBuild + Discriminator>(
    accounts: &mut Vec<serde_json::Value>,
    types: &mut BTreeMap<String, IdlTypeDef>,
) {
    let path = T::get_full_path();
    let name = path.rsplit("::").next().unwrap_or(&path);
    accounts.push(serde_json::json!({ "name": name, "discriminator": T::DISCRIMINATOR }));
    T::insert_types(types);
    if let Some(definition) = T::create_type() {
        types.insert(path, definition);
    }
}

#[test]
fn print_idl_accounts() {
    let (mut accounts, mut types) = (Vec::new(), BTreeMap::new());
    let (list, map) = (&mut accounts, &mut types);
    add::<Attestation>(list, map);
    add::<Buffer>(list, map);
    add::<Cell>(list, map);
    add::<Challenge>(list, map);
    add::<CircuitData>(list, map);
    add::<Cluster>(list, map);
    add::<Computation>(list, map);
    add::<ComputationDefinition>(list, map);
    add::<Config>(list, map);
    add::<DeclaredValue>(list, map);
    add::<Delegation>(list, map);
    add::<Dispute>(list, map);
    add::<EncryptionKeyRecord>(list, map);
    add::<MissWindow>(list, map);
    add::<Mxe>(list, map);
    add::<Node>(list, map);
    add::<NodeStake>(list, map);
    add::<Offence>(list, map);
    add::<Queue>(list, map);
    add::<ResultBuffer>(list, map);
    add::<SigningKey>(list, map);
    add::<SigningKeyRequest>(list, map);
    add::<StakePool>(list, map);
    add::<Unbonding>(list, map);
    add::<Vote>(list, map);
    let value = serde_json::json!({ "accounts": accounts, "types": types.values().collect::<Vec<_>>() });
    println!("--- IDL begin accounts ---");
    println!("{}", serde_json::to_string_pretty(&value).expect("it is JSON"));
    println!("--- IDL end accounts ---");
}
