//! Something done at every frame for as long as a component lives.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_render::{AnimationFrame, request_animation_frame};

/// Runs `each` at every frame, with the time in milliseconds, until it is dropped.
pub(crate) struct Frames {
    slot: Rc<RefCell<Option<AnimationFrame>>>,
}

impl Frames {
    /// Begins.
    pub(crate) fn run(each: impl FnMut(f64) + 'static) -> Self {
        let slot = Rc::new(RefCell::new(None));
        ask(&slot, Rc::new(RefCell::new(each)));
        Self { slot }
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.slot.borrow_mut().take();
    }
}

fn ask(slot: &Rc<RefCell<Option<AnimationFrame>>>, each: Rc<RefCell<dyn FnMut(f64)>>) {
    let weak = Rc::downgrade(slot);
    let frame = request_animation_frame(move |now| {
        (each.borrow_mut())(now);
        if let Some(slot) = weak.upgrade() {
            ask(&slot, each);
        }
    });
    *slot.borrow_mut() = Some(frame);
}
