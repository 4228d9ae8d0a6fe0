//! Functions by chance, from a seed: what they take, what they do with it, how they are left.

use std::fmt::Write as _;

/// A function as text, and the lines of `main` that call it in all its ways.
pub(crate) struct Function {
    pub(crate) text: String,
    pub(crate) calls: String,
}

/// How a function returns.
#[derive(Clone, Copy)]
enum Returns {
    Nothing,
    Number,
    Owned,
    Fallible,
    FallibleOwned,
    Optional,
}

/// A variable that owns a value and may be moved away once.
struct Owned {
    name: String,
    is_mutable: bool,
}

pub(crate) struct Generator {
    state: u64,
    next_value: u32,
}

/// Ways through a function: `way` is compared with what stands in the body.
const WAYS: usize = 5;

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed, next_value: 100 }
    }

    /// SplitMix64.
    fn below(&mut self, limit: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }

    fn value(&mut self) -> String {
        self.next_value += 1;
        format!("N({})", self.next_value)
    }

    fn way(&mut self) -> usize {
        1 + self.below(WAYS - 1)
    }

    pub(crate) fn function(&mut self, number: usize) -> Function {
        let is_async = self.below(2) == 0;
        let returns = [
            Returns::Nothing,
            Returns::Number,
            Returns::Owned,
            Returns::Fallible,
            Returns::FallibleOwned,
            Returns::Optional,
        ][self.below(6)];
        let (mut parameters, mut arguments, mut owned, mut borrowed) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for index in 0..self.below(6) {
            self.parameter(index, &mut parameters, &mut arguments, &mut owned, &mut borrowed);
        }
        let at = self.below(parameters.len() + 1);
        parameters.insert(at, "way: usize".to_owned());
        arguments.insert(at, "way".to_owned());

        let mut body = String::new();
        for _ in 0..2 + self.below(7) {
            let statement = self.statement(is_async, returns, &mut owned, &borrowed);
            let _ = writeln!(body, "    {statement}");
        }
        let end = self.end(returns, &mut owned);
        let (is, ty) = (if is_async { "async " } else { "" }, type_of(returns));
        let parameters = parameters.join(", ");
        let text = format!("pub {is}fn f{number}({parameters}){ty} {{\n{body}    {end}\n}}");

        let mut calls = String::new();
        let call = |module: &str| format!("{module}::f{number}({})", arguments.join(", "));
        let polls: &[usize] = if is_async { &[0, 1, 2, 99] } else { &[1] };
        for polls in polls {
            let run = |module: &str| {
                if is_async {
                    format!("polled({polls}, {})", call(module))
                } else {
                    format!(
                        "{{ let value = {}; log(format!(\"returned {{}}\", value.show())); }}",
                        call(module)
                    )
                }
            };
            let _ = writeln!(
                calls,
                "    for way in 0..{WAYS} {{ compare(\"f{number}, way {{way}}, {polls} polls\".replace(\"{{way}}\", \
                 &way.to_string()).as_str(), &mut count, happens(|| {}), happens(|| {})); }}",
                run("plain"),
                run("traced")
            );
        }
        Function { text, calls }
    }

    fn parameter(
        &mut self,
        index: usize,
        parameters: &mut Vec<String>,
        arguments: &mut Vec<String>,
        owned: &mut Vec<Owned>,
        borrowed: &mut Vec<String>,
    ) {
        let name = format!("p{index}");
        let mut own = |name: String, is_mutable| owned.push(Owned { name, is_mutable });
        let (a, b, c) = (self.value(), self.value(), self.value());
        let (written, argument) = match self.below(12) {
            0 => {
                own(name.clone(), true);
                (format!("mut {name}: N"), a)
            }
            1 => (format!("_{name}: N"), a),
            2 => ("_: N".to_owned(), a),
            3 => {
                own(format!("{name}a"), false);
                own(format!("{name}b"), true);
                (format!("({name}a, mut {name}b): (N, N)"), format!("({a}, {b})"))
            }
            4 => {
                own(format!("{name}b"), false);
                (format!("(_, {name}b): (N, N)"), format!("({a}, {b})"))
            }
            5 => {
                own(format!("{name}a"), false);
                (format!("Pair {{ a: {name}a, .. }}: Pair"), format!("Pair {{ a: {a}, b: {b} }}"))
            }
            6 => {
                own(format!("{name}a"), false);
                own(format!("{name}c"), false);
                (format!("[{name}a, _, {name}c]: [N; 3]"), format!("[{a}, {b}, {c}]"))
            }
            7 => {
                borrowed.push(name.clone());
                (format!("{name}: &N"), format!("&{a}"))
            }
            8 => {
                borrowed.push(format!("&*{name}"));
                (format!("{name}: &mut N"), format!("&mut {a}"))
            }
            9 => {
                borrowed.push(name.clone());
                (format!("ref {name}: N"), a)
            }
            10 => {
                own(format!("{name}b"), false);
                (format!("((_, {name}b), _): ((N, N), N)"), format!("(({a}, {b}), {c})"))
            }
            _ => {
                own(name.clone(), false);
                (format!("{name}: N"), a)
            }
        };
        parameters.push(written);
        arguments.push(argument);
    }

    fn statement(
        &mut self,
        is_async: bool,
        returns: Returns,
        owned: &mut Vec<Owned>,
        borrowed: &[String],
    ) -> String {
        let (value, way) = (self.value(), self.way());
        match self.below(14) {
            0 => {
                let name = format!("l{}", self.next_value);
                owned.push(Owned { name: name.clone(), is_mutable: true });
                format!("let mut {name} = {value};")
            }
            1 => format!("let _ = {value};"),
            2 if !owned.is_empty() => {
                let moved = owned.swap_remove(self.below(owned.len()));
                format!("drop({});", moved.name)
            }
            3 if !owned.is_empty() => {
                let moved = owned.swap_remove(self.below(owned.len()));
                format!("if way == {way} {{ drop({}); }}", moved.name)
            }
            4 if !owned.is_empty() => {
                let shadowed = self.below(owned.len());
                owned[shadowed].is_mutable = false;
                format!("let {} = {value};", owned[shadowed].name)
            }
            5 => match owned.iter().find(|variable| variable.is_mutable) {
                Some(variable) => format!("{} = {value};", variable.name),
                None => format!("{value};"),
            },
            6 => format!("if way == {way} {{ return {}; }}", self.end(returns, &mut Vec::new())),
            7 => match returns {
                Returns::Fallible | Returns::FallibleOwned => format!("fail(way == {way})?;"),
                Returns::Optional => format!("some(way != {way})?;"),
                _ => format!("if way == {way} {{ std::panic::panic_any({way}_u32); }}"),
            },
            8 => format!("if way == {way} {{ panic!(\"way {{way}}\"); }}"),
            9 => format!(
                "{{ let inner = {value}; touch(&inner); if way == {way} {{ let _also = {}; }} }}",
                self.value()
            ),
            10 => format!(
                "for turn in 0..3 {{ let item = {value}; if way == turn {{ break; }} touch(&item); }}"
            ),
            11 if !owned.is_empty() => {
                let name = &owned[self.below(owned.len())].name;
                format!("let look = || touch(&{name}); look();")
            }
            12 if !borrowed.is_empty() => format!("touch({});", borrowed[self.below(borrowed.len())]),
            _ if is_async => "Pause::default().await;".to_owned(),
            _ => format!("touch(&{value});"),
        }
    }

    /// What a function returns; moves a variable if there is one.
    fn end(&mut self, returns: Returns, owned: &mut Vec<Owned>) -> String {
        let moved = if owned.is_empty() || self.below(2) == 0 {
            self.value()
        } else {
            owned.swap_remove(self.below(owned.len())).name
        };
        match returns {
            Returns::Nothing => "()".to_owned(),
            Returns::Number => format!("way as u32 + {}", self.below(9)),
            Returns::Owned => moved,
            Returns::Fallible if self.below(3) == 0 => "Err(\"at the end\".to_owned())".to_owned(),
            Returns::Fallible => "Ok(way as u32)".to_owned(),
            Returns::FallibleOwned if self.below(3) == 0 => format!("Err({moved})"),
            Returns::FallibleOwned => format!("Ok({moved})"),
            Returns::Optional => format!("Some({moved})"),
        }
    }
}

fn type_of(returns: Returns) -> &'static str {
    match returns {
        Returns::Nothing => "",
        Returns::Number => " -> u32",
        Returns::Owned => " -> N",
        Returns::Fallible => " -> Result<u32, String>",
        Returns::FallibleOwned => " -> Result<N, N>",
        Returns::Optional => " -> Option<N>",
    }
}
