//! temporary
use arcis_circuit::gates::Shape;
use arcis_compiler::{Options, compile, explain::explain};
use dark_pool_circuit::artifacts::SOURCE;
use std::error::Error;
fn main() -> Result<(), Box<dyn Error>> {
    let compiled = compile(SOURCE, &Options::default())?;
    let it = compiled.iter().find(|it| it.artifact.interface.name == "batch").unwrap();
    for shape in [Shape::Fast] {
        for line in explain(it, shape)?.iter().take(40) {
            println!(
                "{}:{} ands {} rounds {}",
                line.file.rsplit('/').next().unwrap(),
                line.line,
                line.ands,
                line.rounds
            );
        }
    }
    println!("interface {} bytes", it.artifact.interface.to_bytes().len());
    for f in &it.artifact.circuit.functions {
        println!("{} inputs {} ops {} outputs {}", f.name, f.inputs.len(), f.ops.len(), f.outputs.len());
    }
    let mut a = it.artifact.clone();
    let all = a.circuit.functions.clone();
    let mut last = 0;
    for k in 0..=all.len() {
        a.circuit.functions = all[..k].to_vec();
        let n = a.to_bytes().len();
        println!("{} {}", if k == 0 { "rest" } else { &all[k - 1].name }, n - last);
        last = n;
    }
    let main = it.artifact.circuit.functions.last().unwrap();
    let mut kinds = std::collections::BTreeMap::new();
    for op in &main.ops {
        let s = format!("{op:?}");
        let k = s.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned();
        let e = kinds.entry(k).or_insert((0, 0));
        e.0 += 1;
        e.1 += op.operands().len();
    }
    println!("{kinds:?}");
    println!("public {:?}", it.artifact.public.as_ref().map(|p| p.module.len()));
    Ok(())
}
