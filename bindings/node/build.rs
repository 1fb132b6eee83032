//! Sets the linker flags of a Node addon.

fn main() {
    napi_build::setup();
    // The linker that Rust brings for this target, since 1.90, keeps one copy of functions that are alike.
    if std::env::var("TARGET").is_ok_and(|target| target == "x86_64-unknown-linux-gnu") {
        println!("cargo::rustc-link-arg-cdylib=-Wl,--icf=all");
    }
}
