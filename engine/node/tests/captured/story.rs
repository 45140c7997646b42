//! What was recorded of a real cluster, as a list of events, and the compact form it is kept in.

/// How many nodes the cluster had.
pub const NODES: usize = 6;

/// Which of a node's ports a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    Bus,
    Client,
}

/// One thing that was seen on the wire, or done by the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A process was started; the first time under this id.
    Start { node: usize, id: Vec<u8> },
    /// `kill -9`.
    Kill { node: usize },
    /// The operator sent a command, as RESP.
    Command { node: usize, request: Vec<u8> },
    /// The node answered its oldest unanswered command.
    Reply { node: usize, reply: Vec<u8> },
    /// A node opened a link to another.
    Open { link: usize, from: usize, to: usize, port: Port },
    /// Bytes on a link: on the bus exactly one packet. `back`: towards the node that opened it.
    Bytes { link: usize, back: bool, bytes: Vec<u8> },
    /// A link is gone.
    Closed { link: usize },
}

/// An event and its time, in microseconds since the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub at: u64,
    pub what: What,
}

/// A whole recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// Milliseconds since 1970 at the first event.
    pub began: u64,
    /// The client port that node 0 announces; the others' follow.
    pub client_port: u16,
    /// The bus port that node 0 announces; the others' follow.
    pub bus_port: u16,
    pub events: Vec<Event>,
}

/// The bus packet's header: 2,256 bytes, of which few change from packet to packet.
const HEADER: usize = 2256;

impl Story {
    /// The compact form: headers as what changed since the link's last one, then LZF.
    pub fn pack(&self) -> Vec<u8> {
        let mut out = Writer::default();
        for number in [self.began, self.client_port.into(), self.bus_port.into()] {
            out.number(number);
        }
        let mut last = 0;
        for event in &self.events {
            out.number(event.at - last);
            last = event.at;
            out.event(&event.what);
        }
        let plain = out.bytes;
        let mut packed = Vec::new();
        for block in plain.chunks(1 << 20) {
            let small = lzf::compress(block).expect("such traffic can be compressed");
            packed.extend(u32::try_from(block.len()).expect("a block").to_le_bytes());
            packed.extend(u32::try_from(small.len()).expect("a block").to_le_bytes());
            packed.extend(small);
        }
        packed
    }

    pub fn unpack(mut packed: &[u8]) -> Self {
        let mut plain = Vec::new();
        while let Some((lens, rest)) = packed.split_first_chunk::<8>() {
            let [full, small] = [&lens[..4], &lens[4..]]
                .map(|len| u32::from_le_bytes(len.try_into().expect("four")) as usize);
            plain.extend(lzf::decompress(&rest[..small], full).expect("as it was packed"));
            packed = &rest[small..];
        }
        let mut input = Reader { rest: &plain, headers: Vec::new() };
        let began = input.number();
        let [client_port, bus_port] = [input.number(), input.number()].map(|n| n as u16);
        let (mut events, mut at) = (Vec::new(), 0);
        while !input.rest.is_empty() {
            at += input.number();
            events.push(Event { at, what: input.event() });
        }
        Self { began, client_port, bus_port, events }
    }
}

/// The last header that went over a link in each direction.
type Headers = Vec<[Vec<u8>; 2]>;

fn header_of(headers: &mut Headers, link: usize, back: bool) -> &mut Vec<u8> {
    if headers.len() <= link {
        headers.resize(link + 1, [vec![0; HEADER], vec![0; HEADER]]);
    }
    &mut headers[link][usize::from(back)]
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    headers: Headers,
}

impl Writer {
    fn number(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.bytes.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.bytes.push(n as u8);
    }

    fn text(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    fn event(&mut self, what: &What) {
        let mut head = |numbers: &[usize]| numbers.iter().for_each(|n| self.number(*n as u64));
        match what {
            What::Start { node, id } => {
                head(&[0, *node]);
                self.text(id);
            }
            What::Kill { node } => head(&[1, *node]),
            What::Command { node, request } => {
                head(&[2, *node]);
                self.text(request);
            }
            What::Reply { node, reply } => {
                head(&[3, *node]);
                self.text(reply);
            }
            What::Open { link, from, to, port } => {
                head(&[4, *link, *from, *to, usize::from(*port == Port::Client)]);
            }
            What::Closed { link } => head(&[5, *link]),
            What::Bytes { link, back, bytes } if bytes.starts_with(b"RCmb") => {
                head(&[6 + usize::from(*back), *link]);
                self.packet(*link, *back, bytes);
            }
            What::Bytes { link, back, bytes } => {
                head(&[8 + usize::from(*back), *link]);
                self.text(bytes);
            }
        }
    }

    /// Runs of changed bytes of the header, then the body.
    fn packet(&mut self, link: usize, back: bool, bytes: &[u8]) {
        let (header, body) = bytes.split_at(HEADER);
        let before = header_of(&mut self.headers, link, back).clone();
        let mut at = 0;
        while let Some(skip) = (at..HEADER).position(|i| header[i] != before[i]) {
            let start = at + skip;
            let len = (start..HEADER).take_while(|i| header[*i] != before[*i]).count();
            self.number(len as u64);
            self.number(skip as u64);
            self.bytes.extend_from_slice(&header[start..start + len]);
            at = start + len;
        }
        self.number(0);
        *header_of(&mut self.headers, link, back) = header.to_vec();
        self.text(body);
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    headers: Headers,
}

impl Reader<'_> {
    fn number(&mut self) -> u64 {
        let (mut n, mut shift) = (0, 0);
        loop {
            let (&byte, rest) = self.rest.split_first().expect("a number");
            self.rest = rest;
            n |= u64::from(byte & 0x7F) << shift;
            shift += 7;
            if byte < 0x80 {
                return n;
            }
        }
    }

    fn size(&mut self) -> usize {
        self.number() as usize
    }

    fn take(&mut self, len: usize) -> Vec<u8> {
        let (text, rest) = self.rest.split_at(len);
        self.rest = rest;
        text.to_vec()
    }

    fn text(&mut self) -> Vec<u8> {
        let len = self.size();
        self.take(len)
    }

    fn event(&mut self) -> What {
        let (kind, first) = (self.size(), self.size());
        match kind {
            0 => What::Start { node: first, id: self.text() },
            1 => What::Kill { node: first },
            2 => What::Command { node: first, request: self.text() },
            3 => What::Reply { node: first, reply: self.text() },
            4 => {
                let [from, to, client] = [self.size(), self.size(), self.size()];
                let port = if client == 1 { Port::Client } else { Port::Bus };
                What::Open { link: first, from, to, port }
            }
            5 => What::Closed { link: first },
            6 | 7 => {
                let back = kind == 7;
                What::Bytes { link: first, back, bytes: self.packet(first, back) }
            }
            _ => What::Bytes { link: first, back: kind == 9, bytes: self.text() },
        }
    }

    fn packet(&mut self, link: usize, back: bool) -> Vec<u8> {
        let mut header = header_of(&mut self.headers, link, back).clone();
        let mut at = 0;
        loop {
            let len = self.size();
            if len == 0 {
                break;
            }
            at += self.size();
            header[at..at + len].copy_from_slice(&self.take(len));
            at += len;
        }
        header_of(&mut self.headers, link, back).clone_from(&header);
        header.extend(self.text());
        header
    }
}
