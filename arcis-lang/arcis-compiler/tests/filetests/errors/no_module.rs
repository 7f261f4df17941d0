// stages: tree
mod circuits {
    pub fn forgotten() {}
}
