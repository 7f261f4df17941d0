//! Circuits by hash. A circuit never changes, so what was fetched once need not be fetched again.

use sha2::{Digest, Sha256};
use tracing::warn;

use super::{CIRCUITS, Store, StoreError};

impl Store {
    /// The circuit with this hash, if it is here whole.
    pub fn circuit(&self, hash: &[u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = self.read("reading a circuit", |transaction| {
            Ok(transaction.open_table(CIRCUITS)?.get(hash)?.map(|bytes| bytes.value().to_vec()))
        })?;
        // A disk may lie; the chain has the circuit again.
        Ok(bytes.filter(|bytes| {
            let whole = <[u8; 32]>::from(Sha256::digest(bytes)) == *hash;
            if !whole {
                warn!(circuit = %hex::encode(hash), "a stored circuit is damaged; it is fetched again");
            }
            whole
        }))
    }

    /// Keeps a circuit whose hash has been checked.
    pub fn keep_circuit(&self, hash: &[u8; 32], bytes: &[u8]) -> Result<(), StoreError> {
        self.write("keeping a circuit", |transaction| {
            transaction.open_table(CIRCUITS)?.insert(hash, bytes)?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_circuit_is_not_given_out() {
        let store = Store::in_memory().unwrap();
        let hash = <[u8; 32]>::from(Sha256::digest(b"circuit"));
        assert_eq!(store.circuit(&hash).unwrap(), None);
        store.keep_circuit(&hash, b"circuit").unwrap();
        assert_eq!(store.circuit(&hash).unwrap().as_deref(), Some(&b"circuit"[..]));
        store.keep_circuit(&hash, b"circus").unwrap();
        assert_eq!(store.circuit(&hash).unwrap(), None);
    }
}
