//! Rewrites `+ - * / % << >>`, their assigning forms and negation into calls that mean what the circuit means.
//!
//! Constant contexts are left alone, since only rustc's own operators work there: `const` and `static` items, `const`
//! functions and blocks, array lengths, generic arguments. An overflow there is a compile error in any case.

use proc_macro2::{Ident, Span};
use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{
    BinOp, Expr, ExprBinary, ExprConst, ExprLit, ExprRepeat, ExprUnary, GenericArgument, ImplItemConst,
    ImplItemFn, Item, ItemConst, ItemFn, ItemStatic, TraitItemConst, TypeArray, UnOp, Variant, parse_quote,
};

/// Rewrites all items of a module.
pub fn rewrite(items: &mut [Item]) {
    items.iter_mut().for_each(|item| Rewriter.visit_item_mut(item));
}

struct Rewriter;

impl VisitMut for Rewriter {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
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
            _ => None,
        };
        if let Some(rewritten) = rewritten {
            *expression = rewritten;
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
