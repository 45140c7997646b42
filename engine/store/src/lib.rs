//! stub
/// db
#[derive(Clone, Debug)]
pub struct Db;
impl Db { /// new
 pub fn new(_: u64) -> Self { Self } }
