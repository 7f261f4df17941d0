//! Rewrites `+ - * / % << >>`, their assigning forms and negation into calls that mean what the circuit means.
//!
//! Constant contexts are left alone, since only rustc's own operators work there: `const` and `static` items, `const`
//! functions and blocks, array lengths, generic arguments. An overflow there is a compile error in any case.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span};
use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{
    BinOp, Expr, ExprBinary, ExprConst, ExprLit, ExprRepeat, ExprUnary, GenericArgument, ImplItemConst,
    ImplItemFn, Item, ItemConst, ItemFn, ItemStatic, TraitItemConst, TypeArray, UnOp, Variant, parse_quote,
};

use crate::methods;

/// Rewrites an item of a module, whose own methods have these names.
pub fn rewrite(item: &mut Item, own_methods: &BTreeSet<String>) {
    Rewriter { own_methods }.visit_item_mut(item);
}

struct Rewriter<'a> {
    own_methods: &'a BTreeSet<String>,
}

impl VisitMut for Rewriter<'_> {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        let places = self.hoisted(expression);
        visit_mut::visit_expr_mut(self, expression);
        let rewritten = match expression {
            Expr::Binary(binary) => rewritten_binary(binary),
            Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) if !is_literal(expr) => {
                let (operand, expr) = (hygienic("operand"), without_parentheses(expr));
                Some(parse_quote! {
                    match #expr {
                        #operand => if false { -#operand } else {
                            (&::arcis::native::Operand::new(#operand)).arcis_neg()
                        }
                    }
                })
            }
            Expr::Index(index) => {
                rewrite_index(index);
                None
            }
            Expr::MethodCall(call) => methods::rewritten(call, self.own_methods),
            Expr::While(_) | Expr::ForLoop(_) | Expr::Loop(_) => bounded(expression),
            _ => None,
        };
        if let Some(rewritten) = rewritten {
            *expression = rewritten;
        }
        if !places.is_empty() {
            *expression = parse_quote!({ #(#places)* #expression });
        }
    }

    fn visit_expr_const_mut(&mut self, _: &mut ExprConst) {}
    fn visit_generic_argument_mut(&mut self, _: &mut GenericArgument) {}
    fn visit_impl_item_const_mut(&mut self, _: &mut ImplItemConst) {}
    fn visit_item_const_mut(&mut self, _: &mut ItemConst) {}
    fn visit_item_static_mut(&mut self, _: &mut ItemStatic) {}
    fn visit_trait_item_const_mut(&mut self, _: &mut TraitItemConst) {}
    fn visit_type_array_mut(&mut self, _: &mut TypeArray) {}
    fn visit_variant_mut(&mut self, _: &mut Variant) {}
    fn visit_pat_mut(&mut self, _: &mut syn::Pat) {}

    fn visit_expr_repeat_mut(&mut self, repeat: &mut ExprRepeat) {
        self.visit_expr_mut(&mut repeat.expr);
    }

    fn visit_item_fn_mut(&mut self, function: &mut ItemFn) {
        if function.sig.constness.is_none() {
            visit_mut::visit_item_fn_mut(self, function);
        }
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        if function.sig.constness.is_none() {
            visit_mut::visit_impl_item_fn_mut(self, function);
        }
    }
}

fn rewritten_binary(binary: &ExprBinary) -> Option<Expr> {
    let (method, assigns) = match binary.op {
        BinOp::Add(_) => ("arcis_add", false),
        BinOp::Sub(_) => ("arcis_sub", false),
        BinOp::Mul(_) => ("arcis_mul", false),
        BinOp::Div(_) => ("arcis_div", false),
        BinOp::Rem(_) => ("arcis_rem", false),
        BinOp::Shl(_) => ("arcis_shl", false),
        BinOp::Shr(_) => ("arcis_shr", false),
        BinOp::AddAssign(_) => ("arcis_add_assign", true),
        BinOp::SubAssign(_) => ("arcis_sub_assign", true),
        BinOp::MulAssign(_) => ("arcis_mul_assign", true),
        BinOp::DivAssign(_) => ("arcis_div_assign", true),
        BinOp::RemAssign(_) => ("arcis_rem_assign", true),
        BinOp::ShlAssign(_) => ("arcis_shl_assign", true),
        BinOp::ShrAssign(_) => ("arcis_shr_assign", true),
        _ => return None,
    };
    let method = Ident::new(method, Span::mixed_site());
    let (left_name, right_name) = (hygienic("left"), hygienic("right"));
    let ExprBinary { left, op, right, .. } = binary;
    let right = if assigns { without_parentheses(right) } else { right };
    let operator = quote!(#op);
    // As rustc does for built-in types, an assignment evaluates its right side first.
    Some(if assigns {
        parse_quote! {
            match #right {
                #right_name => if false { #left #operator #right_name } else {
                    (&::arcis::native::Operands::new(&mut #left, #right_name)).#method()
                }
            }
        }
    } else {
        parse_quote! {
            match (#left, #right) {
                (#left_name, #right_name) => if false { #left_name #operator #right_name } else {
                    (&::arcis::native::Operands::new(#left_name, #right_name)).#method()
                }
            }
        }
    })
}

/// `-1` is a literal to rustc, which checks its range.
fn is_literal(expression: &Expr) -> bool {
    matches!(expression, Expr::Lit(ExprLit { .. }))
}

/// Parentheses that the rewriting makes superfluous would be warned about.
fn without_parentheses(expression: &Expr) -> &Expr {
    if let Expr::Paren(inner) = expression { &inner.expr } else { expression }
}

/// A name that the author's code cannot collide with.
fn hygienic(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

impl Rewriter<'_> {
    /// Where a place may be borrowed mutably, its indices are worked out before.
    fn hoisted(&mut self, expression: &mut Expr) -> Vec<syn::Stmt> {
        let mut places = Vec::new();
        match expression {
            Expr::Assign(assign) => self.hoist(&mut assign.left, &mut places),
            Expr::Binary(binary) if is_assignment(&binary.op) => self.hoist(&mut binary.left, &mut places),
            Expr::Reference(reference) if reference.mutability.is_some() => {
                self.hoist(&mut reference.expr, &mut places);
            }
            Expr::MethodCall(call) => self.hoist(&mut call.receiver, &mut places),
            _ => {}
        }
        places
    }

    fn hoist(&mut self, place: &mut Expr, places: &mut Vec<syn::Stmt>) {
        match place {
            Expr::Field(field) => self.hoist(&mut field.base, places),
            Expr::Paren(inner) => self.hoist(&mut inner.expr, places),
            Expr::Unary(ExprUnary { op: UnOp::Deref(_), expr, .. }) => self.hoist(expr, places),
            Expr::Index(index) if is_checked(index) => {
                self.hoist(&mut index.expr, places);
                self.visit_expr_mut(&mut index.index);
                let name = hygienic(&format!("{PLACE}{}", places.len()));
                let checked = checked_place(index);
                places.push(parse_quote!(let #name = #checked;));
                *index.index = parse_quote!(#name);
            }
            _ => {}
        }
    }
}

/// Names of indices that have been worked out before.
const PLACE: &str = "arcis_place_";

fn is_assignment(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}

/// Whether an index is to be made one that does not panic.
fn is_checked(index: &syn::ExprIndex) -> bool {
    let hoisted = matches!(&*index.index, Expr::Path(path)
        if path.path.get_ident().is_some_and(|ident| ident.to_string().starts_with(PLACE)));
    can_be_read_twice(&index.expr)
        && !hoisted
        && !is_literal(&index.index)
        && !matches!(&*index.index, Expr::Range(_))
}

fn checked_place(index: &syn::ExprIndex) -> Expr {
    let (base, place) = (&index.expr, without_parentheses(&index.index));
    parse_quote! {
        (&&&::arcis::native::index::Probe::of(&#base)).arcis_place(#place)
    }
}

/// `a[i]` reads the default and writes nowhere where `i` is too large: the number becomes an index that does so, where the
/// elements have a default (`native::index`).
fn rewrite_index(index: &mut syn::ExprIndex) {
    if is_checked(index) {
        *index.index = checked_place(index);
    }
}

/// Whether an expression is a place, whose evaluation does nothing.
fn can_be_read_twice(expression: &Expr) -> bool {
    match expression {
        Expr::Path(_) | Expr::Lit(_) => true,
        Expr::Field(field) => can_be_read_twice(&field.base),
        Expr::Paren(inner) => can_be_read_twice(&inner.expr),
        Expr::Unary(ExprUnary { op: UnOp::Deref(_), expr, .. }) => can_be_read_twice(expr),
        Expr::Index(index) => can_be_read_twice(&index.expr) && !matches!(&*index.index, Expr::Call(_)),
        _ => false,
    }
}

/// A loop marked `#[bound(N)]` runs at most `N` times.
fn bounded(expression: &mut Expr) -> Option<Expr> {
    let attributes = match expression {
        Expr::While(it) => &mut it.attrs,
        Expr::ForLoop(it) => &mut it.attrs,
        Expr::Loop(it) => &mut it.attrs,
        _ => return None,
    };
    let place = attributes
        .iter()
        .position(|attribute| attribute.path().segments.last().is_some_and(|it| it.ident == "bound"))?;
    let bound: Expr = attributes.remove(place).parse_args().ok()?;
    let (rounds, limit) = (hygienic("rounds"), hygienic("limit"));
    let counted = match expression {
        Expr::While(it) => {
            let (label, condition, body) = (&it.label, &it.cond, &it.body);
            quote! {
                #label loop {
                    if #rounds == #limit { break; }
                    #rounds += 1;
                    if #condition #body else { break }
                }
            }
        }
        Expr::ForLoop(it) => {
            let (label, pattern, iterator, body) = (&it.label, &it.pat, &it.expr, &it.body);
            return Some(parse_quote! {
                #label for #pattern in ::core::iter::Iterator::take(::core::iter::IntoIterator::into_iter(#iterator), #bound) #body
            });
        }
        Expr::Loop(it) => {
            let (label, body) = (&it.label, &it.body.stmts);
            let over = if gives_value(&it.body) {
                quote!(::core::panic!("the loop runs more often than its bound"))
            } else {
                quote!(break)
            };
            quote! {
                #label loop {
                    if #rounds == #limit { #over; }
                    #rounds += 1;
                    #(#body)*
                }
            }
        }
        _ => return None,
    };
    Some(parse_quote! {
        {
            let #limit: usize = #bound;
            let mut #rounds = 0usize;
            #counted
        }
    })
}

/// Whether a `break` in a loop has a value.
fn gives_value(body: &syn::Block) -> bool {
    struct Breaks(bool);
    impl<'b> syn::visit::Visit<'b> for Breaks {
        fn visit_expr_break(&mut self, it: &'b syn::ExprBreak) {
            self.0 |= it.expr.is_some();
        }
    }
    let mut breaks = Breaks(false);
    syn::visit::Visit::visit_block(&mut breaks, body);
    breaks.0
}
