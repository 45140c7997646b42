//! The library `math`, with Redis's own random numbers.

use super::{Random, float, int};
use crate::{Call, Error, Lua, Native, Outcome, Value};

pub(super) fn open(lua: &mut Lua) {
    let functions: [(&'static str, Native); 28] = [
        ("abs", |call| one(call, f64::abs)),
        ("acos", |call| one(call, f64::acos)),
        ("asin", |call| one(call, f64::asin)),
        ("atan2", |call| two(call, f64::atan2)),
        ("atan", |call| one(call, f64::atan)),
        ("ceil", |call| one(call, f64::ceil)),
        ("cosh", |call| one(call, f64::cosh)),
        ("cos", |call| one(call, f64::cos)),
        ("deg", |call| one(call, |x| x / DEGREE)),
        ("exp", |call| one(call, f64::exp)),
        ("floor", |call| one(call, f64::floor)),
        ("fmod", |call| two(call, |a, b| a % b)),
        ("frexp", |call| {
            let (fraction, power) = float::frexp(call.number(1)?);
            pair(call, fraction, f64::from(power))
        }),
        ("ldexp", |call| {
            let (value, power) = (call.number(1)?, int(call, 2)?);
            call.ret(Value::Number(float::ldexp(value, power)))
        }),
        ("log10", |call| one(call, f64::log10)),
        ("log", |call| one(call, f64::ln)),
        ("max", |call| extreme(call, |best, next| next > best)),
        ("min", |call| extreme(call, |best, next| next < best)),
        ("modf", |call| {
            let (whole, rest) = float::modf(call.number(1)?);
            pair(call, whole, rest)
        }),
        ("pow", |call| two(call, f64::powf)),
        ("rad", |call| one(call, |x| x * DEGREE)),
        ("random", random),
        ("randomseed", randomseed),
        ("sinh", |call| one(call, f64::sinh)),
        ("sin", |call| one(call, f64::sin)),
        ("sqrt", |call| one(call, f64::sqrt)),
        ("tanh", |call| one(call, f64::tanh)),
        ("tan", |call| one(call, f64::tan)),
    ];
    let table = lua.library("math", &functions);
    let fmod = lua.heap.raw_get_field(table, "fmod");
    let more = [("pi", std::f64::consts::PI.into()), ("huge", f64::INFINITY.into()), ("mod", fmod)];
    for (name, value) in more {
        // A new table takes any field.
        let _ = lua.heap.raw_set_field(table, name, value);
    }
}

const DEGREE: f64 = std::f64::consts::PI / 180.0;

fn one(call: &mut Call<'_>, f: impl Fn(f64) -> f64) -> Result<Outcome, Error> {
    let x = call.number(1)?;
    call.ret(Value::Number(f(x)))
}

fn two(call: &mut Call<'_>, f: impl Fn(f64, f64) -> f64) -> Result<Outcome, Error> {
    let (x, y) = (call.number(1)?, call.number(2)?);
    call.ret(Value::Number(f(x, y)))
}

fn pair(call: &mut Call<'_>, first: f64, second: f64) -> Result<Outcome, Error> {
    call.push(Value::Number(first));
    call.push(Value::Number(second));
    Ok(Outcome::Return(2))
}

fn extreme(call: &mut Call<'_>, better: impl Fn(f64, f64) -> bool) -> Result<Outcome, Error> {
    let mut best = call.number(1)?;
    for index in 2..=call.args() {
        let next = call.number(index)?;
        if better(best, next) {
            best = next;
        }
    }
    call.ret(Value::Number(best))
}

fn random(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let Some(state) = &mut call.heap.random else {
        return Err(Error::message("math.random can only be called inside a script invocation"));
    };
    let r = state.unit();
    let (low, span, wrong) = match call.args() {
        0 => return call.ret(Value::Number(r)),
        1 => {
            let high = int(call, 1)?;
            (1, high, if high < 1 { 1 } else { 0 })
        }
        2 => {
            let (low, high) = (int(call, 1)?, int(call, 2)?);
            (low, high.wrapping_sub(low).wrapping_add(1), if high < low { 2 } else { 0 })
        }
        _ => return Err(Error::message("wrong number of arguments")),
    };
    if wrong > 0 {
        return Err(Error::argument(wrong, "interval is empty"));
    }
    call.ret(Value::Number((r * f64::from(span)).floor() + f64::from(low)))
}

fn randomseed(call: &mut Call<'_>) -> Result<Outcome, Error> {
    if call.heap.random.is_none() {
        return Err(Error::message(
            "math.randomseed can only be called inside a script invocation",
        ));
    }
    let seed = int(call, 1)?;
    call.heap.random = Some(Random::seeded(seed));
    Ok(Outcome::Return(0))
}
