//! The arguments of the example; each has a default.

use std::path::PathBuf;

use valor_ivx::Error;

const USAGE: &str = "\
Values a company as a governed, simulated run and draws it.

  --data PATH     figures of the company     (examples/data/microsoft_fy2024.json)
  --price NUMBER  a price to compare with    (400)
  --trials COUNT  trials of the simulation   (1000000)
  --seed NUMBER   seed of the simulation     (7)
  --out FOLDER    where the files go         (out)";

pub(crate) struct Arguments {
    pub(crate) data: PathBuf,
    pub(crate) price: f64,
    pub(crate) trials: u64,
    pub(crate) seed: u64,
    pub(crate) out: PathBuf,
}

impl Arguments {
    /// Reads the arguments; none when only help was asked for, which is then the text returned.
    pub(crate) fn read(mut given: impl Iterator<Item = String>) -> Result<Result<Self, &'static str>, Error> {
        let mut arguments = Self {
            data: concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/microsoft_fy2024.json").into(),
            price: 400.0,
            trials: 1_000_000,
            seed: 7,
            out: "out".into(),
        };
        while let Some(name) = given.next() {
            if name == "--help" || name == "-h" {
                return Ok(Err(USAGE));
            }
            let known = ["--data", "--price", "--trials", "--seed", "--out"];
            if !known.contains(&name.as_str()) {
                return Err(Error::invalid_input("argument", name, known.join(", ")).with_hint("--help lists them"));
            }
            let Some(value) = given.next() else {
                return Err(Error::invalid_input(name, "", "a value after it"));
            };
            match name.as_str() {
                "--data" => arguments.data = value.into(),
                "--out" => arguments.out = value.into(),
                "--price" => {
                    arguments.price =
                        parse(name, value, "a positive number", |price: &f64| price.is_finite() && *price > 0.0)?;
                }
                "--trials" => {
                    arguments.trials = parse(name, value, "a whole number from 1,000", |&trials| trials >= 1_000)?;
                }
                _ => arguments.seed = parse(name, value, "a whole number", |_| true)?,
            }
        }
        Ok(Ok(arguments))
    }
}

fn parse<T: std::str::FromStr>(
    name: String,
    value: String,
    domain: &str,
    allowed: impl Fn(&T) -> bool,
) -> Result<T, Error> {
    value.parse().ok().filter(allowed).ok_or_else(|| Error::invalid_input(name, value, domain))
}
