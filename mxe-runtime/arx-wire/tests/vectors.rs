//! The committed test vectors are what the code computes.

#[path = "support/vectors.rs"]
mod vectors;

#[test]
fn vectors_have_not_drifted() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    for (name, contents) in vectors::files() {
        let committed = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        let committed = serde_json::from_str(&committed).unwrap_or(serde_json::Value::Null);
        assert!(
            committed == contents,
            "{name} differs from what the code computes. If the wire format changed on purpose, give it a new version and \
             run `cargo run --release -p arx-wire --example write_vectors`."
        );
    }
}
