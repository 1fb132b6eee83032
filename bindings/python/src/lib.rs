//! The native half of the Python package: converts, releases the interpreter, calls the core,
//! converts back. No formula and no rule lives here. Start at [`engine`] for the uniform door.
#![allow(clippy::needless_pass_by_value, reason = "arguments of a Python function arrive owned")]

mod batch;
mod billing;
mod cashflow;
mod columns;
mod convert;
mod engine;
mod error;
mod interrupt;
mod own;
mod paths;
mod platform;
mod registry;
mod simulation;
mod threads;
mod view;

use pyo3::prelude::*;

/// Native half of `valor_ivx`.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::batch::evaluate_many;

    #[pymodule_export]
    use crate::cashflow::{many_irr, many_npv};

    #[pymodule_export]
    use crate::columns::{NativeColumnModel, evaluate_columns};

    #[pymodule_export]
    use crate::engine::{checked, evaluate, explain, models, plain, refusal, schema};

    #[pymodule_export]
    use crate::own::study;

    #[pymodule_export]
    use crate::paths::gbm_paths;

    #[pymodule_export]
    use crate::platform::{NativePlatform, Principal};

    #[pymodule_export]
    use crate::registry::{NativeRegistry, NativeResolution, assign_point, experiment_page};

    #[pymodule_export]
    use crate::simulation::{CancelToken, Run, merge, simulate};

    #[pymodule_export]
    use crate::threads::{num_threads, set_num_threads};

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
