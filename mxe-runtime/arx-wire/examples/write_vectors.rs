//! Writes the test vectors that implementations in other languages are held to:
//! `cargo run --release -p arx-wire --example write_vectors`.
//!
//! `tests/vectors.rs` fails when the files are not what the code says. A vector that changes is a change of
//! the wire format.

#[path = "../tests/support/vectors.rs"]
mod vectors;

fn main() -> std::io::Result<()> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    std::fs::create_dir_all(&folder)?;
    for (name, contents) in vectors::files() {
        std::fs::write(folder.join(name), serde_json::to_string_pretty(&contents)? + "\n")?;
        println!("{name}");
    }
    Ok(())
}
