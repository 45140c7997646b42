//! Sorting only what is wanted of a list: the quicksort of Bentley and McIlroy ("Engineering a Sort
//! Function", 1993), which lets those parts be that nobody asks for. Redis's `pqsort` is the same, and
//! so equals come in the same order, which is not the one they had.

use std::cmp::Ordering;
use std::ops::Range;

/// Up to here a part is sorted by insertion.
const SMALL: usize = 6;
/// Beyond this the middle one of three guesses, each of them the middle one of three, divides it.
const LARGE: usize = 40;

/// Brings the items of `wanted` where they are in the sorted list; the others may stay in any order.
#[inline(never)]
pub(super) fn partial_sort<T>(
    items: &mut [T],
    wanted: &Range<usize>,
    compare: &dyn Fn(&T, &T) -> Ordering,
) {
    let mut open: Vec<_> = std::iter::once(0..items.len()).collect();
    while let Some(part) = open.pop() {
        if wanted.end <= part.start || part.end <= wanted.start {
            continue;
        }
        let (less, greater) = divide(&mut items[part.clone()], compare);
        for rest in [part.start..part.start + less, part.end - greater..part.end] {
            if rest.len() > 1 {
                open.push(rest);
            }
        }
    }
}

/// Puts what is less than a guess in front and what is greater behind; how many those are.
fn divide<T>(items: &mut [T], compare: &dyn Fn(&T, &T) -> Ordering) -> (usize, usize) {
    let len = items.len();
    if len <= SMALL {
        for end in 1..len {
            let mut at = end;
            while at > 0 && compare(&items[at - 1], &items[at]).is_gt() {
                items.swap(at, at - 1);
                at -= 1;
            }
        }
        return (0, 0);
    }
    items.swap(0, guess(items, compare));
    // Equals gather at both ends: in front of `front`, and behind `back`.
    let (mut front, mut left) = (1, 1);
    let (mut right, mut back) = (len - 1, len - 1);
    loop {
        while left <= right {
            match compare(&items[left], &items[0]) {
                Ordering::Greater => break,
                Ordering::Less => {}
                Ordering::Equal => {
                    items.swap(front, left);
                    front += 1;
                }
            }
            left += 1;
        }
        while left <= right {
            match compare(&items[right], &items[0]) {
                Ordering::Less => break,
                Ordering::Greater => {}
                Ordering::Equal => {
                    items.swap(right, back);
                    back -= 1;
                }
            }
            right -= 1;
        }
        if left > right {
            break;
        }
        items.swap(left, right);
        left += 1;
        right -= 1;
    }
    let (less, greater) = (left - front, back - right);
    // From the ends they go to the middle.
    let moved = front.min(less);
    swap_parts(items, 0, left - moved, moved);
    let moved = greater.min(len - 1 - back);
    swap_parts(items, left, len - moved, moved);
    (less, greater)
}

fn swap_parts<T>(items: &mut [T], a: usize, b: usize, len: usize) {
    (0..len).for_each(|i| items.swap(a + i, b + i));
}

/// An item that is likely near the middle.
fn guess<T>(items: &[T], compare: &dyn Fn(&T, &T) -> Ordering) -> usize {
    let (len, middle) = (items.len(), items.len() / 2);
    let of_three = |a: usize, b: usize, c: usize| {
        let order = |a: usize, b: usize| compare(&items[a], &items[b]);
        match order(a, b) {
            Ordering::Less if order(b, c).is_lt() => b,
            Ordering::Less => {
                if order(a, c).is_lt() {
                    c
                } else {
                    a
                }
            }
            _ if order(b, c).is_gt() => b,
            _ => {
                if order(a, c).is_lt() {
                    a
                } else {
                    c
                }
            }
        }
    };
    let (first, last) = (0, len - 1);
    if len == SMALL + 1 {
        return middle;
    }
    if len <= LARGE {
        return of_three(first, middle, last);
    }
    let step = len / 8;
    let low = of_three(first, step, 2 * step);
    let middle = of_three(middle - step, middle, middle + step);
    let high = of_three(last - 2 * step, last - step, last);
    of_three(low, middle, high)
}

#[cfg(test)]
mod tests {
    use engine_base::rng::{Rng, Seed};

    use super::*;

    #[test]
    fn what_is_wanted_is_where_it_belongs() {
        let mut rng = Rng::new(Seed::from_number(7));
        for len in [0, 1, 2, 6, 7, 8, 40, 41, 300] {
            for _ in 0..40 {
                let mut items: Vec<usize> = (0..len).map(|_| rng.index(len / 2 + 1)).collect();
                let mut sorted = items.clone();
                sorted.sort_unstable();
                let from = rng.index(len + 1);
                let wanted = from..from + rng.index(len - from + 1);
                partial_sort(&mut items, &wanted, &usize::cmp);
                assert_eq!(items[wanted.clone()], sorted[wanted.clone()], "{wanted:?} of {len}");
                items.sort_unstable();
                assert_eq!(items, sorted);
            }
        }
    }
}
