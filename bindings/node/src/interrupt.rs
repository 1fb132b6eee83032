//! The one way from Node into long work: a thread of its own and a promise, so that neither the event
//! loop nor its pool of workers waits.

use napi::bindgen_prelude::{Object, ToNapiValue};
use napi::{Env, Status};
use valor_ivx::Error;

use crate::json::thrown;

/// A promise of what `work` gives on a thread of its own, made into what JavaScript sees by `show`.
pub(crate) fn promise<T, S>(
    env: &Env,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    show: impl FnOnce(T) -> S + Send + 'static,
) -> napi::Result<Object<'_>>
where
    T: Send + 'static,
    S: ToNapiValue + 'static,
{
    let (deferred, promise) = env.create_deferred::<S, Box<dyn FnOnce(Env) -> napi::Result<S> + Send>>()?;
    let run = move || match work() {
        Ok(value) => deferred.resolve(Box::new(move |_| Ok(show(value)))),
        Err(error) => deferred.reject(thrown(&error)),
    };
    match std::thread::Builder::new().name("valor-ivx".to_owned()).spawn(run) {
        Ok(_) => Ok(promise),
        Err(cause) => Err(napi::Error::new(Status::GenericFailure, format!("no thread can be started: {cause}"))),
    }
}
