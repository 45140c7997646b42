//! The lessons, fetched one by one: the map of the course at first, a lesson when somebody opens it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use lessons::pack::{self, Unreadable};
use lessons::{CourseMap, Lesson};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// Where the build puts them, seen from the page.
const FOLDER: &str = "./lessons/";
/// What a server answers that has no such file.
const NOT_FOUND: u16 = 404;

/// Why something is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// Nobody answered: trying again may help.
    Unreachable,
    /// There is no such file.
    Unknown,
    /// It is for another version of the page, or broken: the page must be loaded anew.
    OtherVersion,
}

impl Gap {
    /// What to tell: a key of the catalogue.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Unreachable => "lesson-unreachable",
            Self::Unknown => "lesson-unknown",
            Self::OtherVersion => "lesson-other-version",
        }
    }
}

/// Something that is fetched.
#[derive(Debug, Default)]
pub(crate) enum Part<T> {
    /// It is on its way.
    #[default]
    Coming,
    /// It is here.
    Here(Rc<T>),
    /// It did not come.
    Missing(Gap),
}

impl<T> Clone for Part<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Coming => Self::Coming,
            Self::Here(thing) => Self::Here(Rc::clone(thing)),
            Self::Missing(gap) => Self::Missing(*gap),
        }
    }
}

impl<T> PartialEq for Part<T> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Coming, Self::Coming) => true,
            (Self::Here(one), Self::Here(other)) => Rc::ptr_eq(one, other),
            (Self::Missing(one), Self::Missing(other)) => one == other,
            _ => false,
        }
    }
}

/// What has been fetched so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Shelf {
    /// What there is.
    pub map: Part<CourseMap>,
    lessons: BTreeMap<String, Part<Lesson>>,
}

impl Shelf {
    /// The map, once it is here.
    pub(crate) fn map(&self) -> Option<&CourseMap> {
        if let Part::Here(map) = &self.map { Some(map) } else { None }
    }

    /// A lesson that was asked for.
    pub(crate) fn part(&self, id: &str) -> Option<&Part<Lesson>> {
        self.lessons.get(id)
    }

    /// A lesson, once it is here.
    pub(crate) fn lesson(&self, id: &str) -> Option<&Rc<Lesson>> {
        if let Some(Part::Here(lesson)) = self.lessons.get(id) { Some(lesson) } else { None }
    }
}

/// Fetches, and keeps what came.
#[derive(Clone)]
pub(crate) struct Library {
    shelf: Rc<RefCell<Rc<Shelf>>>,
    /// Whether something came since it was last asked for.
    news: Rc<Cell<bool>>,
}

impl Library {
    /// Begins with the map.
    pub(crate) fn open() -> Self {
        let library = Self { shelf: Rc::default(), news: Rc::default() };
        library.fetch_map();
        library
    }

    /// What is here.
    pub(crate) fn shelf(&self) -> Rc<Shelf> {
        Rc::clone(&self.shelf.borrow())
    }

    /// Whether something has come, or has failed to, since this was last asked.
    pub(crate) fn has_news(&self) -> bool {
        self.news.take()
    }

    /// Asks for the map; again, if it did not come.
    pub(crate) fn fetch_map(&self) {
        self.change(|shelf| shelf.map = Part::Coming);
        let library = self.clone();
        spawn_local(async move {
            let map = part(fetch(pack::MAP_FILE).await, pack::read_map);
            library.change(|shelf| shelf.map = map);
        });
    }

    /// Asks for a lesson that is neither here nor on its way.
    pub(crate) fn fetch(&self, id: &str) {
        let shelf = self.shelf();
        if matches!(shelf.part(id), Some(Part::Here(_) | Part::Coming)) {
            return;
        }
        let (library, id) = (self.clone(), id.to_owned());
        self.change(|shelf| {
            shelf.lessons.insert(id.clone(), Part::Coming);
        });
        spawn_local(async move {
            let file = pack::file_of(&id);
            let lesson = if is_id(&id) {
                part(fetch(&file).await, pack::read_lesson)
            } else {
                Part::Missing(Gap::Unknown)
            };
            library.change(|shelf| {
                shelf.lessons.insert(id, lesson);
            });
        });
    }

    fn change(&self, how: impl FnOnce(&mut Shelf)) {
        let mut shelf = (*self.shelf()).clone();
        how(&mut shelf);
        *self.shelf.borrow_mut() = Rc::new(shelf);
        self.news.set(true);
    }
}

/// A lesson's id may stand in an address.
fn is_id(id: &str) -> bool {
    id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn part<T>(
    came: Result<Vec<u8>, Gap>,
    read: impl FnOnce(&[u8]) -> Result<T, Unreadable>,
) -> Part<T> {
    match came.and_then(|bytes| read(&bytes).map_err(|_| Gap::OtherVersion)) {
        Ok(thing) => Part::Here(Rc::new(thing)),
        Err(gap) => Part::Missing(gap),
    }
}

async fn fetch(file: &str) -> Result<Vec<u8>, Gap> {
    let unreachable = |_: JsValue| Gap::Unreachable;
    let window = web_sys::window().ok_or(Gap::Unreachable)?;
    let came = window.fetch_with_str(&format!("{FOLDER}{file}"));
    let answer: web_sys::Response =
        JsFuture::from(came).await.map_err(unreachable)?.dyn_into().map_err(unreachable)?;
    if !answer.ok() {
        return Err(if answer.status() == NOT_FOUND { Gap::Unknown } else { Gap::Unreachable });
    }
    let bytes = JsFuture::from(answer.array_buffer().map_err(unreachable)?);
    Ok(js_sys::Uint8Array::new(&bytes.await.map_err(unreachable)?).to_vec())
}
