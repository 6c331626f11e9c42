//! What pages are made of. Each part has one stylesheet of the same name in `style/parts`.

pub mod action;
pub mod bar;
pub mod diff;
pub mod empty;
pub mod field;
pub mod filters;
pub mod keys;
pub mod loaded;
pub mod log;
pub mod nav;
pub mod operations;
pub mod pager;
pub mod page_head;
pub mod phases;
pub mod problem;
pub mod readiness;
pub mod refused;
pub mod release_table;
pub mod run_options;
pub mod sheet;
pub mod state;
pub mod tabs;
pub mod text_area;
pub mod theme;
pub mod timeline;
pub mod when;
