//! Random calls of Lua's libraries, as text.

use engine_base::rng::{Rng, Seed};

/// A snippet; the same for the same seed.
pub(super) fn snippet(seed: u64) -> String {
    let mut draw = Draw(Rng::new(Seed::from_number(seed)));
    match draw.0.below(12) {
        0 | 1 => draw.format(),
        2..=4 => draw.pattern(),
        5 => draw.json_text(),
        6 => draw.json_value(),
        7 => draw.pack_bytes(),
        8 => draw.pack_value(),
        9 => draw.structure(),
        10 => draw.numbers(),
        _ => draw.list(),
    }
}

struct Draw(Rng);

impl Draw {
    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.0.index(of.len())]
    }

    fn several(&mut self, most: u64, of: &[&str]) -> String {
        (0..self.0.below(most + 1)).map(|_| self.one(of)).collect()
    }

    /// Bytes as a literal of Lua.
    fn literal(bytes: &[u8]) -> String {
        let body: String = bytes.iter().map(|b| format!("\\{b:03}")).collect();
        format!("'{body}'")
    }

    fn number(&mut self) -> String {
        match self.0.below(6) {
            0 => format!("{}", self.0.below(20) as i64 - 10),
            1 => self
                .one(&[
                    "0", "1/0", "-1/0", "0/0", "2^31", "-2^31", "2^32", "2^53", "2^63", "-2^63",
                    "2^64", "1e300",
                ])
                .to_owned(),
            2 => format!("{}", self.0.below(1 << 40) as f64 / 1024.0),
            3 => format!("{:e}", f64::from_bits(self.0.next_u64() & !(1 << 62))),
            4 => format!("{}", (self.0.below(4000) as f64 - 2000.0) / 8.0),
            _ => format!("{}", self.0.next_u64() as i64 >> self.0.below(60)),
        }
    }

    fn format(&mut self) -> String {
        let flags = self.several(3, &["-", "+", " ", "#", "0"]);
        let width = self.one(&["", "", "1", "5", "12", "40"]);
        let precision = self.one(&["", "", ".", ".0", ".1", ".3", ".14", ".17", ".30"]);
        let letter = self
            .one(&["d", "i", "u", "c", "x", "X", "o", "e", "E", "f", "g", "G", "s", "q", "g", "f"]);
        let number = self.number();
        format!("return string.format('[%{flags}{width}{precision}{letter}]', {number})")
    }

    fn pattern(&mut self) -> String {
        let text = self.several(
            12,
            &["a", "b", "c", "(", ")", "1", "2", " ", "-", "\\000", "^", "$", "%", "A"],
        );
        let items = [
            "a", "b", ".", "%a", "%d", "%s", "%w", "%A", "%p", "%z", "[ab]", "[^a]", "[a-c1]",
            "[%d%-]", "%%", "%(", "(", ")", "()", "*", "+", "-", "?", "^", "$", "%1", "%2", "%b()",
            "%f[a]", "%f[%W]", "[", "%", "]", "[]]", "[^]", "%0", " ",
        ];
        let pattern = self.several(8, &items);
        let replacement = self.several(4, &["x", "%0", "%1", "%2", "%%", "%", "y"]);
        let start = self.one(&["", ", 2", ", -3", ", 0", ", 20"]);
        match self.0.below(6) {
            0 => format!("return string.find('{text}', '{pattern}'{start})"),
            1 => format!("return string.match('{text}', '{pattern}'{start})"),
            2 => format!(
                "local t = {{}} for a, b in string.gmatch('{text}', '{pattern}') do t[#t + 1] = tostring(a) .. tostring(b) end return t"
            ),
            3 => format!("return string.gsub('{text}', '{pattern}', '{replacement}'{start})"),
            4 => format!(
                "local t = {{}} local r, n = string.gsub('{text}', '{pattern}', function(...) t[#t + 1] = {{...}} return #t % 3 ~= 0 and #t end) return r, n, t"
            ),
            _ => format!(
                "return string.gsub('{text}', '{pattern}', {{a = 1, b = false, ['1'] = 'one', [1] = 'first', ab = 'AB'}})"
            ),
        }
    }

    fn json_text(&mut self) -> String {
        let items = [
            "[",
            "]",
            "{",
            "}",
            ",",
            ":",
            "\"a\"",
            "\"\\\\u00e9\"",
            "\"\\\\ud83d\\\\ude00\"",
            "\"\\\\n\"",
            "\"",
            "1",
            "-2.5e3",
            "0x1F",
            "true",
            "false",
            "null",
            " ",
            "nan",
            "inf",
            "+1",
            "007",
            "\"k\":",
            "\"b\":1",
            "[1,2]",
            "{}",
            "[]",
            "\\\\",
            "1.",
            "tru",
        ];
        let text = if self.0.chance(0.5) {
            self.several(6, &items)
        } else {
            let middle = self.several(3, &items);
            let shape =
                self.one(&["[1,@]", "{\"a\":@}", "[[@],2]", "{\"x\":[@,3],\"y\":{}}", "[@]"]);
            shape.replace('@', &middle)
        };
        let strict =
            self.one(&["", "", "c.decode_invalid_numbers(false) ", "c.decode_max_depth(2) "]);
        format!("local c = cjson.new() {strict}return c.decode('{text}')")
    }

    /// A value in Lua's own words.
    fn value(&mut self, depth: u64) -> String {
        match self.0.below(if depth == 0 { 6 } else { 10 }) {
            0 | 1 => self.number(),
            2 => self.one(&["true", "false", "nil", "cjson.null", "next"]).to_owned(),
            3 | 4 => {
                let mut bytes = vec![0; self.0.index(40)];
                self.0.fill(&mut bytes);
                Self::literal(&bytes)
            }
            5 => format!("'{}'", self.several(6, &["a", "/", "\\n", "é", "key", " ", "\\0"])),
            6 | 7 => {
                let items: Vec<String> =
                    (0..self.0.below(20)).map(|_| self.value(depth - 1)).collect();
                format!("{{{}}}", items.join(", "))
            }
            _ => {
                let items: Vec<String> = (0..self.0.below(8))
                    .map(|n| {
                        let key = match self.0.below(5) {
                            0 => self.0.below(30).to_string(),
                            1 => "1.5".to_owned(),
                            2 => format!("-{}", n + 1),
                            _ => format!("'{}{n}'", self.one(&["k", "key", "longer key ", ""])),
                        };
                        format!("[{key}] = {}", self.value(depth - 1))
                    })
                    .collect();
                format!("{{{}}}", items.join(", "))
            }
        }
    }

    fn json_value(&mut self) -> String {
        let value = self.value(3);
        let settings = self.one(&[
            "",
            "c.encode_sparse_array(true) ",
            "c.encode_invalid_numbers('null') ",
            "c.encode_invalid_numbers(true) ",
            "c.encode_number_precision(3) ",
            "c.encode_max_depth(2) ",
        ]);
        format!("local c = cjson.new() {settings}local s = c.encode({value}) return s, c.decode(s)")
    }

    fn pack_value(&mut self) -> String {
        format!("local s = cmsgpack.pack({}) return s, cmsgpack.unpack(s)", self.value(3))
    }

    fn pack_bytes(&mut self) -> String {
        let tags = [
            0x81, 0x82, 0x91, 0x93, 0xa2, 0xc0, 0xc2, 0xca, 0xcb, 0xcc, 0xcd, 0xd0, 0xd1, 0xd2,
            0xd9, 0xdc, 0xe0, 0x01, 0x00,
        ];
        let count = 1 + self.0.index(14);
        let bytes: Vec<u8> = (0..count)
            .map(|_| {
                if self.0.chance(0.7) {
                    tags[self.0.index(tags.len())]
                } else {
                    self.0.next_u64() as u8
                }
            })
            .collect();
        let text = Self::literal(&bytes);
        match self.0.below(3) {
            0 => format!("return cmsgpack.unpack({text})"),
            1 => format!("return cmsgpack.unpack_one({text}, {})", self.0.below(6)),
            _ => format!(
                "return cmsgpack.unpack_limit({text}, {}, {})",
                self.0.below(4),
                self.0.below(4)
            ),
        }
    }

    fn structure(&mut self) -> String {
        let items = [
            "b", "B", "h", "H", "l", "L", "i", "I", "i3", "I5", "i8", "i12", "f", "d", "s", "c2",
            "c0", "x", " ", ">", "<", "!", "!2", "!8", "T",
        ];
        let format = self.several(6, &items);
        match self.0.below(3) {
            0 => {
                let values: Vec<String> = (0..7)
                    .map(|_| if self.0.chance(0.8) { self.number() } else { "'text'".to_owned() })
                    .collect();
                format!("return struct.pack('{format}', {})", values.join(", "))
            }
            1 => {
                let mut bytes = vec![0; self.0.index(40)];
                self.0.fill(&mut bytes);
                let start = self.one(&["", ", 1", ", 3", ", 0"]);
                format!("return struct.unpack('{format}', {}{start})", Self::literal(&bytes))
            }
            _ => format!("return struct.size('{format}')"),
        }
    }

    fn numbers(&mut self) -> String {
        let (a, b) = (self.number(), self.number());
        let function = self.one(&[
            "bit.tobit",
            "bit.bnot",
            "bit.band",
            "bit.bor",
            "bit.bxor",
            "bit.lshift",
            "bit.rshift",
            "bit.arshift",
            "bit.rol",
            "bit.ror",
            "bit.bswap",
            "bit.tohex",
            "math.floor",
            "math.ceil",
            "math.fmod",
            "math.modf",
            "math.frexp",
            "math.max",
            "math.min",
            "math.sqrt",
            "math.abs",
            "math.ldexp",
            "math.pow",
            "math.exp",
            "math.log",
            "math.sin",
            "math.atan2",
            "string.sub",
            "string.byte",
        ]);
        if function.starts_with("string") {
            return format!("return {function}('hello world', {a}, {b})");
        }
        // How the last digit of a transcendental function is rounded is the machine's own affair.
        format!("local x, y = {function}({a}, {b}) return tostring(x), y")
    }

    fn list(&mut self) -> String {
        let items: Vec<String> =
            (0..self.0.below(30)).map(|_| self.0.below(20).to_string()).collect();
        let items = items.join(", ");
        match self.0.below(4) {
            0 => format!(
                "local n, t = {{}}, {{{items}}} table.sort(t, function(a, b) n[#n + 1] = a * 100 + b return a < b end) return table.concat(t, ' '), table.concat(n, ' ')"
            ),
            1 => format!(
                "local t = {{{items}}} return pcall(table.sort, t, function(a, b) return a {} b end), t",
                self.one(&["<=", ">", ">=", "~="])
            ),
            2 => {
                let moves: String = (0..6)
                    .map(|n| match self.0.below(3) {
                        0 => format!("table.insert(t, {}, 'i{n}') ", self.0.below(12)),
                        1 => format!("table.insert(t, 'e{n}') "),
                        _ => format!("r[#r + 1] = table.remove(t, {}) ", self.0.below(8)),
                    })
                    .collect();
                format!("local t, r = {{{items}}}, {{}} {moves}return t, r, #t, table.maxn(t)")
            }
            _ => format!(
                "return table.concat({{{items}}}, '{}', {}, {})",
                self.several(2, &["-", ","]),
                self.0.below(4),
                self.0.below(9)
            ),
        }
    }
}
