// stages: circuit
#[encrypted]
mod circuits {
    use arcis::*;

    #[instruction]
    pub fn secret_message(message: Enc<Shared, [u8; 4]>) -> ArcisEd25519Signature {
        MXESigningKey::sign(&message.to_arcis())
    }

    #[instruction]
    pub fn secret_condition(may: Enc<Shared, bool>, message: [u8; 4]) -> bool {
        let mut signed = false;
        if may.to_arcis() {
            signed = MXESigningKey::sign(&message).to_bytes()[0] == 0;
        }
        signed.reveal()
    }

    #[instruction]
    pub fn verifies_secret(key: VerifyingKey, message: Enc<Shared, [u8; 4]>, signature: [u8; 64]) -> bool {
        key.verify(&message.to_arcis(), &ArcisEd25519Signature::from_bytes(signature)).reveal()
    }

    #[instruction]
    pub fn verifies_revealed(key: VerifyingKey, message: Enc<Shared, [u8; 4]>, signature: [u8; 64]) -> bool {
        key.verify(&message.to_arcis().reveal(), &ArcisEd25519Signature::from_bytes(signature))
    }

    #[instruction]
    pub fn constant_key(x: Enc<Mxe, u8>) -> Enc<Shared, u8> {
        Shared::new(ArcisX25519Pubkey::from_uint8(&[1; 32])).from_arcis(x.to_arcis())
    }

    #[instruction]
    pub fn key_of_two(a: EncData<u8>, b: EncData<u8>, key: ArcisX25519Pubkey) -> Enc<Shared, u8> {
        let sum = a.to_arcis_with_pubkey_and_nonce(key, 0) + b.to_arcis_with_pubkey_and_nonce(key, 1);
        Shared::new(key).from_arcis(sum)
    }
}
