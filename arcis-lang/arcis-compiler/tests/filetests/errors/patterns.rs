// stages: circuit
// Patterns, fields and loops that do not fit what they are about.
#[encrypted]
mod circuits {
    use arcis::*;

    pub struct Point {
        x: u8,
        y: u8,
    }
    pub enum Shape {
        Circle(u8, u8),
        Square { side: u8 },
        Nothing,
    }

    fn number_as_array(x: u64) -> u64 {
        let [a, b] = x;
        a
    }
    fn unknown_variant(s: Shape) -> u8 {
        match s {
            Shape::Triangle(a) => a,
            _ => 0,
        }
    }
    fn too_few_fields(s: Shape) -> u8 {
        match s {
            Shape::Circle(a) => a,
            _ => 0,
        }
    }
    fn no_such_field(s: Shape) -> u8 {
        match s {
            Shape::Square { length } => length,
            _ => 0,
        }
    }
    fn not_every_field(p: Point) -> u8 {
        let Point { x } = p;
        x
    }
    fn given_twice() -> Point {
        Point { x: 1, x: 2, y: 3 }
    }
    fn missing() -> Point {
        Point { x: 1 }
    }
    fn misspelt() -> Point {
        Point { x: 1, z: 1 }
    }
    fn value_of_while(n: u8) -> u8 {
        let mut i = 0;
        while i < n {
            i += 1;
            break i;
        }
        i
    }
    fn outside() -> u8 {
        break;
        continue;
        1
    }
    fn unknown_label(n: u8) -> u8 {
        'outer: for i in 0..4 {
            break 'inner;
        }
        n
    }
    fn array_of_other_length(list: [u8; 3]) -> u8 {
        let [a, b] = list;
        a + b
    }
    fn question_mark(x: u8) -> Option<u8> {
        Some(x? + 1)
    }
    fn question_mark_in_a_number(x: Option<u8>) -> u8 {
        x? + 1
    }
    fn called(x: u8) -> u8 {
        x(3)
    }
    fn too_many(x: u8) -> u8 {
        called(x, 3)
    }
    fn no_method(p: Point) -> u8 {
        p.length() + [1u8, 2].push(3)
    }
    fn moved_into_text(x: u8) -> u8 {
        x.to_string();
        x
    }
}
