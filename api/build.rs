//! Says what is embedded, so that a build follows when `make graphiql` has put files there or taken them away.

fn main() {
    println!("cargo::rerun-if-changed=static");
}
