//! The dense form: six bits a register, the lowest bits of a byte first.

use super::REGISTERS;

/// Which byte a register begins in, and at which bit.
const fn place(index: usize) -> (usize, usize) {
    (index * 6 / 8, index * 6 % 8)
}

fn get(body: &[u8], index: usize) -> u8 {
    let (byte, shift) = place(index);
    let at = |i: usize| u16::from(body.get(i).copied().unwrap_or(0));
    ((at(byte) | at(byte + 1) << 8) >> shift & 63) as u8
}

fn set(body: &mut [u8], index: usize, value: u8) {
    let (byte, shift) = place(index);
    let (mask, bits) = (63_u16 << shift, u16::from(value & 63) << shift);
    for (i, half) in [(byte, 0), (byte + 1, 8)] {
        if let Some(b) = body.get_mut(i) {
            *b = *b & !((mask >> half) as u8) | (bits >> half) as u8;
        }
    }
}

/// All registers, one byte each.
pub(super) fn read(body: &[u8]) -> Vec<u8> {
    (0..REGISTERS).map(|index| get(body, index)).collect()
}

/// The body for these registers.
pub(super) fn write(registers: &[u8]) -> Vec<u8> {
    let mut body = vec![0; REGISTERS * 6 / 8];
    for (index, value) in registers.iter().enumerate() {
        set(&mut body, index, *value);
    }
    body
}

/// Raises a register; whether it was lower (`hllDenseSet`).
pub(super) fn raise(body: &mut [u8], index: usize, value: u8) -> bool {
    let grows = value > get(body, index);
    if grows {
        set(body, index, value);
    }
    grows
}
