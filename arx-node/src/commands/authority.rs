//! The cold authority key: a file in the format of Solana's tools, a JSON array of 64 bytes.

use std::path::Path;

use anyhow::{Context, Result, bail};
use solana_keypair::Keypair;
use zeroize::Zeroizing;

use crate::secrets::key_file::{read_private, write_new_private};

/// Reads the key. A file that others may read is refused.
pub(super) fn read(path: &Path) -> Result<Keypair> {
    let bytes = read_private(path)?;
    let numbers: Zeroizing<Vec<u8>> = Zeroizing::new(
        serde_json::from_slice(&bytes)
            .with_context(|| format!("{} is not a key file as solana-keygen writes it", path.display()))?,
    );
    match Keypair::try_from(numbers.as_slice()) {
        Ok(keypair) => Ok(keypair),
        Err(error) => bail!("the key in {} cannot be used: {error}", path.display()),
    }
}

/// Writes a new key.
pub(super) fn write(path: &Path, keypair: &Keypair) -> Result<()> {
    let text = Zeroizing::new(serde_json::to_string(&keypair.to_bytes().as_slice())?);
    Ok(write_new_private(path, text.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use solana_signer::Signer;

    use super::*;

    #[test]
    fn keys_are_in_solanas_format() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("authority.json");
        let keypair = Keypair::new_from_array([7; 32]);
        write(&path, &keypair).unwrap();
        let numbers: Vec<u8> = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!((numbers.len(), &numbers[..32]), (64, &[7_u8; 32][..]));
        assert_eq!(read(&path).unwrap().pubkey(), keypair.pubkey());
        assert!(write(&path, &keypair).is_err());
    }

    #[test]
    fn bad_key_files_say_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("authority.json");
        std::fs::write(&path, "hello").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("chmod 600"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("solana-keygen"));
        std::fs::write(&path, "[1,2,3]").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("cannot be used"));
    }
}
