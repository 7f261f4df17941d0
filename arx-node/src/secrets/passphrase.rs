//! Where a passphrase comes from: a file, the environment, or the person at the terminal, in that order.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::key_file::{FileError, read_private};

/// The variable that may hold the passphrase.
pub const PASSPHRASE_VARIABLE: &str = "ARX_NODE_PASSPHRASE";

/// The shortest passphrase that a new file is encrypted under.
const SHORTEST: usize = 8;

/// Gets the passphrase of an existing file; `what` is named in the question.
pub fn existing(file: Option<&Path>, what: &str) -> Result<Zeroizing<String>, PassphraseError> {
    match without_asking(file)? {
        Some(passphrase) => Ok(passphrase),
        None => ask(&format!("Passphrase of {what}: ")),
    }
}

/// Gets a passphrase for a new file; a person is asked twice.
pub fn chosen(file: Option<&Path>, what: &str) -> Result<Zeroizing<String>, PassphraseError> {
    let passphrase = match without_asking(file)? {
        Some(passphrase) => passphrase,
        None => {
            let passphrase = ask(&format!("New passphrase for {what}: "))?;
            if *passphrase != *ask("Once more: ")? {
                return Err(PassphraseError::Differs);
            }
            passphrase
        }
    };
    if passphrase.chars().count() < SHORTEST {
        return Err(PassphraseError::TooShort);
    }
    Ok(passphrase)
}

fn without_asking(file: Option<&Path>) -> Result<Option<Zeroizing<String>>, PassphraseError> {
    if let Some(path) = file {
        let bytes = read_private(path)?;
        let text =
            std::str::from_utf8(&bytes).map_err(|_| PassphraseError::NotText { path: path.to_owned() })?;
        // Editors and `echo` end files with a line break.
        return Ok(Some(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned())));
    }
    Ok(std::env::var(PASSPHRASE_VARIABLE).ok().map(Zeroizing::new))
}

fn ask(question: &str) -> Result<Zeroizing<String>, PassphraseError> {
    if !std::io::stdin().is_terminal() {
        return Err(PassphraseError::NobodyToAsk);
    }
    rpassword::prompt_password(question)
        .map(Zeroizing::new)
        .map_err(|error| PassphraseError::Terminal { why: error.to_string() })
}

/// There is no passphrase.
#[derive(Debug, thiserror::Error)]
pub enum PassphraseError {
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not text.
    #[error("the passphrase file {} is not UTF-8 text", .path.display())]
    NotText {
        /// Which file.
        path: PathBuf,
    },
    /// No terminal.
    #[error("no passphrase: give a passphrase file, set {PASSPHRASE_VARIABLE}, or run it in a terminal")]
    NobodyToAsk,
    /// The terminal failed.
    #[error("the terminal could not be read: {why}")]
    Terminal {
        /// The system's words.
        why: String,
    },
    /// The two entries differ.
    #[error("the two passphrases differ; nothing was written")]
    Differs,
    /// Too short for a new file.
    #[error("a passphrase needs at least {SHORTEST} characters; nothing was written")]
    TooShort,
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_passphrase_file_is_private_text_without_its_line_break() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passphrase");
        std::fs::write(&path, "correct horse \r\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            existing(Some(&path), "x"),
            Err(PassphraseError::File(FileError::Permissions { .. }))
        ));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
        assert_eq!(*existing(Some(&path), "x").unwrap(), "correct horse ");
    }

    #[test]
    fn a_new_passphrase_is_not_short() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passphrase");
        std::fs::write(&path, "short").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(chosen(Some(&path), "x"), Err(PassphraseError::TooShort)));
        assert_eq!(*existing(Some(&path), "x").unwrap(), "short");
    }
}
