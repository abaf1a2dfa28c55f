;; The index of the greatest of `count` single-precision numbers at the start of the memory; the first of them where several are
;; equal, -1 where one is no number. `count` is a multiple of 16: whoever writes the numbers fills up with minus infinity.
(module
  (memory (export "memory") 1)
  (func (export "argmax") (param $count i32) (result i32)
    (local $at i32) (local $end i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128) (local $x v128)
    (local $ordered v128) (local $max f32)
    (local.set $end (i32.shl (local.get $count) (i32.const 2)))
    (local.set $a (f32x4.splat (f32.const -inf)))
    (local.set $b (local.get $a))
    (local.set $c (local.get $a))
    (local.set $d (local.get $a))
    (local.set $ordered (v128.const i32x4 -1 -1 -1 -1))
    ;; Four greatest values at a time. `pmax` keeps what it has where the other is no number; `eq` with itself finds those.
    (loop $next
      (if (i32.lt_u (local.get $at) (local.get $end))
        (then
          (local.set $x (v128.load offset=0 (local.get $at)))
          (local.set $ordered (v128.and (local.get $ordered) (f32x4.eq (local.get $x) (local.get $x))))
          (local.set $a (f32x4.pmax (local.get $a) (local.get $x)))
          (local.set $x (v128.load offset=16 (local.get $at)))
          (local.set $ordered (v128.and (local.get $ordered) (f32x4.eq (local.get $x) (local.get $x))))
          (local.set $b (f32x4.pmax (local.get $b) (local.get $x)))
          (local.set $x (v128.load offset=32 (local.get $at)))
          (local.set $ordered (v128.and (local.get $ordered) (f32x4.eq (local.get $x) (local.get $x))))
          (local.set $c (f32x4.pmax (local.get $c) (local.get $x)))
          (local.set $x (v128.load offset=48 (local.get $at)))
          (local.set $ordered (v128.and (local.get $ordered) (f32x4.eq (local.get $x) (local.get $x))))
          (local.set $d (f32x4.pmax (local.get $d) (local.get $x)))
          (local.set $at (i32.add (local.get $at) (i32.const 64)))
          (br $next))))
    (if (i32.eqz (i32x4.all_true (local.get $ordered))) (then (return (i32.const -1))))
    (local.set $a (f32x4.pmax (f32x4.pmax (local.get $a) (local.get $b)) (f32x4.pmax (local.get $c) (local.get $d))))
    (local.set $max
      (f32.max
        (f32.max (f32x4.extract_lane 0 (local.get $a)) (f32x4.extract_lane 1 (local.get $a)))
        (f32.max (f32x4.extract_lane 2 (local.get $a)) (f32x4.extract_lane 3 (local.get $a)))))
    ;; Where the greatest is.
    (local.set $a (f32x4.splat (local.get $max)))
    (local.set $at (i32.const 0))
    (loop $search
      (local.set $x (f32x4.eq (v128.load (local.get $at)) (local.get $a)))
      (if (v128.any_true (local.get $x))
        (then
          (return
            (i32.add
              (i32.shr_u (local.get $at) (i32.const 2))
              (i32.ctz (i32x4.bitmask (local.get $x)))))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $search (i32.lt_u (local.get $at) (local.get $end))))
    (i32.const -1)))
