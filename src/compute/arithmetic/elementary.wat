;; Natural logarithm, power and square root of blocks of float64, two at a time. A name in braces stands for a constant of
;; elementary-design.ts; scripts/write-elementary.mjs compiles this into elementary-code.ts.
;;
;; Each function works in place on the numbers from X on, an even count of them, and returns 0
;; when they all lay in the range for which its formulas hold. Numbers outside give junk, never a trap:
;; the caller computes those itself. Ranges are checked on the upper halves of the float64, as whole
;; numbers without sign.
;;
;; Steps that could be one loop are several: few constants then stay in registers, and short chains of
;; dependent operations overlap. It is half again as fast.
(module
  (memory (export "memory") 1)

  ;; Every number is in range.
  (func (export "squareRoot") (param $rows i32)
    (local $at i32) (local $end i32)
    (local.set $at (i32.const {X}))
    (local.set $end (i32.add (i32.const {X}) (i32.shl (local.get $rows) (i32.const 3))))
    (loop $roots
      (v128.store (local.get $at) (f64x2.sqrt (v128.load (local.get $at))))
      (br_if $roots
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end)))))

  ;; ln x = k ln 2 + ln c + ln(1 + r), with x = 2^k z, c the point of the grid that is nearest to z, and
  ;; r = (z - c) / c. The grid contains 1, whose logarithm is 0: near 1 nothing cancels.
  (func (export "log") (param $rows i32) (result i32)
    (local $at i32) (local $end i32) (local $one i32) (local $two i32)
    (local $x v128) (local $t v128) (local $k v128) (local $z v128) (local $c v128)
    (local $a v128) (local $b v128) (local $r v128) (local $square v128) (local $xs v128)
    (local.set $end (i32.add (i32.const {X}) (i32.shl (local.get $rows) (i32.const 3))))

    (local.set $at (i32.const {X}))
    (loop $reduce
      (local.set $x (v128.load (local.get $at)))
      (local.set $xs (i32x4.max_u (local.get $xs) (i32x4.sub (local.get $x) {NORMAL_MIN_HIGH})))
      (local.set $t (i64x2.add (local.get $x) {LOG_BIAS}))
      (local.set $k (f64x2.sub
        (v128.or (i64x2.shr_u (local.get $t) (i32.const 52)) {TWO_52})
        {TWO_52_BIAS}))
      (local.set $z (v128.and (local.get $t) {MANTISSA}))
      (local.set $c (v128.and (i64x2.add (local.get $z) {LOG_HALF_STEP}) {LOG_POINT}))
      ;; Sixteen bytes for each point.
      (local.set $t (i64x2.shr_u (local.get $c) (i32.const 39)))
      (local.set $one (i32x4.extract_lane 0 (local.get $t)))
      (local.set $two (i32x4.extract_lane 2 (local.get $t)))
      (local.set $a (v128.load offset={LOG_TABLE} (local.get $one)))
      (local.set $b (v128.load offset={LOG_TABLE} (local.get $two)))
      (v128.store (local.get $at)
        (f64x2.mul
          (f64x2.sub
            (i64x2.add (local.get $z) {LOG_FROM})
            (i64x2.add (local.get $c) {LOG_FROM}))
          (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $a) (local.get $b))))
      (v128.store offset={LOW} (local.get $at)
        (f64x2.add
          (f64x2.mul (local.get $k) {LOG_LN2_HIGH})
          (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $a) (local.get $b))))
      (v128.store offset={REST} (local.get $at)
        (f64x2.add
          (f64x2.mul (local.get $k) {LOG_LN2_LOW})
          (v128.load64_lane offset={LOG_LOW_TABLE} 1 (i32.shr_u (local.get $two) (i32.const 1))
            (v128.load64_zero offset={LOG_LOW_TABLE}
              (i32.shr_u (local.get $one) (i32.const 1))))))
      (br_if $reduce
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))

    (local.set $at (i32.const {X}))
    (loop $polynomial
      (local.set $r (v128.load (local.get $at)))
      (local.set $square (f64x2.mul (local.get $r) (local.get $r)))
      (v128.store (local.get $at)
        (f64x2.add
          (v128.load offset={LOW} (local.get $at))
          (f64x2.add
            (local.get $r)
            (f64x2.add
              (v128.load offset={REST} (local.get $at))
              (f64x2.mul (local.get $square)
                (f64x2.add
                  (f64x2.add {LOG_0} (f64x2.mul (local.get $r) {LOG_1}))
                  (f64x2.mul (local.get $square)
                    (f64x2.add {LOG_2} (f64x2.mul (local.get $r) {LOG_3})))))))))
      (br_if $polynomial
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))

    (i32.eqz (i64x2.all_true
      (i64x2.lt_s (i64x2.shr_u (local.get $xs) (i32.const 32)) {NORMALS_HIGH}))))

  ;; x^y = e^(y ln x), with the logarithm as a sum high + low of some 70 bits, after the way of S. Nagy's
  ;; pow in Arm's Optimized Routines. With z = x / 2^k and a short number i near 1 / z out of a table,
  ;; ln x = k ln 2 - ln i + ln(1 + r), r = z i - 1. The high parts of k ln 2, of -ln i, and of r (that of
  ;; the leading bits of z) have few binary places, so that their sum, and its product with the leading
  ;; bits of y, are exact. $step is 16, or 0 where all exponents are the two at Y.
  ;;
  ;; Bit 0 of the result: some x or y is out of range. Bit 1: some y ln x is.
  (func (export "power") (param $rows i32) (param $step i32) (result i32)
    (local $at i32) (local $end i32) (local $from i32) (local $one i32) (local $two i32)
    (local $x v128) (local $t v128) (local $k v128) (local $z v128) (local $zHigh v128)
    (local $a v128) (local $b v128) (local $inverse v128) (local $r v128) (local $rHigh v128)
    (local $rLow v128) (local $square v128) (local $y v128) (local $yHigh v128) (local $high v128)
    (local $low v128) (local $scale v128) (local $xs v128) (local $ys v128) (local $scales v128)
    (local.set $end (i32.add (i32.const {X}) (i32.shl (local.get $rows) (i32.const 3))))

    ;; high, low without the polynomial, and r.
    (local.set $at (i32.const {X}))
    (loop $reduce
      (local.set $x (v128.load (local.get $at)))
      (local.set $xs (i32x4.max_u (local.get $xs) (i32x4.sub (local.get $x) {NORMAL_MIN_HIGH})))
      (local.set $t (i64x2.add (local.get $x) {POW_BIAS}))
      (local.set $k (f64x2.sub
        (v128.or (i64x2.shr_u (local.get $t) (i32.const 52)) {TWO_52})
        {TWO_52_BIAS}))
      (local.set $t (v128.and (local.get $t) {MANTISSA}))
      (local.set $z (i64x2.add (local.get $t) {POW_FROM}))
      ;; 32 bytes for each of 256 intervals.
      (local.set $t (v128.and (i64x2.shr_u (local.get $t) (i32.const 39)) {POW_INDEX}))
      (local.set $one (i32x4.extract_lane 0 (local.get $t)))
      (local.set $two (i32x4.extract_lane 2 (local.get $t)))
      (local.set $a (v128.load offset={POW_TABLE} (local.get $one)))
      (local.set $b (v128.load offset={POW_TABLE} (local.get $two)))
      (local.set $inverse
        (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $a) (local.get $b)))
      (local.set $zHigh (v128.and (local.get $z) {Z_HIGH}))
      (local.set $rHigh (f64x2.sub (f64x2.mul (local.get $zHigh) (local.get $inverse)) {ONE}))
      (local.set $rLow
        (f64x2.mul (f64x2.sub (local.get $z) (local.get $zHigh)) (local.get $inverse)))
      (v128.store (local.get $at)
        (f64x2.add
          (f64x2.add
            (f64x2.mul (local.get $k) {POW_LN2_HIGH})
            (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31
              (local.get $a) (local.get $b)))
          (local.get $rHigh)))
      (v128.store offset={LOW} (local.get $at)
        (f64x2.add
          (f64x2.add
            (f64x2.mul (local.get $k) {POW_LN2_LOW})
            (v128.load64_lane offset={POW_TABLE_LOW} 1 (local.get $two)
              (v128.load64_zero offset={POW_TABLE_LOW} (local.get $one))))
          (local.get $rLow)))
      (v128.store offset={REST} (local.get $at) (f64x2.add (local.get $rHigh) (local.get $rLow)))
      (br_if $reduce
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))

    ;; low with ln(1 + r) - r.
    (local.set $at (i32.const {X}))
    (loop $polynomial
      (local.set $r (v128.load offset={REST} (local.get $at)))
      (local.set $square (f64x2.mul (local.get $r) (local.get $r)))
      (v128.store offset={LOW} (local.get $at)
        (f64x2.add
          (v128.load offset={LOW} (local.get $at))
          (f64x2.mul (local.get $square)
            (f64x2.add
              (f64x2.add {POW_0} (f64x2.mul (local.get $r) {POW_1}))
              (f64x2.mul (local.get $square)
                (f64x2.add
                  (f64x2.add {POW_2} (f64x2.mul (local.get $r) {POW_3}))
                  (f64x2.mul (local.get $square)
                    (f64x2.add {POW_4} (f64x2.mul (local.get $r) {POW_5})))))))))
      (br_if $polynomial
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))

    ;; y ln x = k (ln 2) / 128 + r: the bits of 2^(k / 128), what they lack, and r.
    (local.set $at (i32.const {X}))
    (local.set $from (i32.const {Y}))
    (loop $times
      (local.set $y (v128.load (local.get $from)))
      (local.set $ys (i32x4.max_u (local.get $ys) (v128.and (local.get $y) {SIZE})))
      (local.set $yHigh (v128.and (local.get $y) {Y_HIGH}))
      (local.set $high (v128.load (local.get $at)))
      (local.set $low
        (f64x2.add
          (f64x2.mul (f64x2.sub (local.get $y) (local.get $yHigh)) (local.get $high))
          (f64x2.mul (local.get $y) (v128.load offset={LOW} (local.get $at)))))
      (local.set $high (f64x2.mul (local.get $yHigh) (local.get $high)))
      (local.set $t (f64x2.add (local.get $high) (local.get $low)))
      (local.set $scales (i32x4.max_u (local.get $scales) (v128.and (local.get $t) {SIZE})))
      (local.set $t (f64x2.add (f64x2.mul (local.get $t) {STEPS}) {ROUND}))
      (local.set $k (f64x2.sub (local.get $t) {ROUND}))
      (v128.store offset={LOW} (local.get $at)
        (f64x2.add
          (f64x2.sub (local.get $high) (f64x2.mul (local.get $k) {STEP_HIGH}))
          (f64x2.sub (local.get $low) (f64x2.mul (local.get $k) {STEP_LOW}))))
      (local.set $scale (i64x2.shl (local.get $t) (i32.const 45)))
      (local.set $t (v128.and (i64x2.shl (local.get $t) (i32.const 4)) {EXP_INDEX}))
      (local.set $one (i32x4.extract_lane 0 (local.get $t)))
      (local.set $two (i32x4.extract_lane 2 (local.get $t)))
      (local.set $a (v128.load offset={EXP_TABLE} (local.get $one)))
      (local.set $b (v128.load offset={EXP_TABLE} (local.get $two)))
      (v128.store (local.get $at)
        (i64x2.add
          (local.get $scale)
          (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $a) (local.get $b))))
      (v128.store offset={REST} (local.get $at)
        (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $a) (local.get $b)))
      (local.set $from (i32.add (local.get $from) (local.get $step)))
      (br_if $times
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))

    ;; 2^(k / 128) e^r.
    (local.set $at (i32.const {X}))
    (loop $exponential
      (local.set $scale (v128.load (local.get $at)))
      (local.set $r (v128.load offset={LOW} (local.get $at)))
      (local.set $square (f64x2.mul (local.get $r) (local.get $r)))
      (v128.store (local.get $at)
        (f64x2.add
          (local.get $scale)
          (f64x2.mul (local.get $scale)
            (f64x2.add
              (f64x2.add (v128.load offset={REST} (local.get $at)) (local.get $r))
              (f64x2.mul (local.get $square)
                (f64x2.add
                  (f64x2.add {EXP_0} (f64x2.mul (local.get $r) {EXP_1}))
                  (f64x2.mul (local.get $square)
                    (f64x2.add {EXP_2} (f64x2.mul (local.get $r) {EXP_3})))))))))
      (br_if $exponential
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))

    (i32.or
      (i32.eqz (i64x2.all_true (v128.and
        (i64x2.lt_s (i64x2.shr_u (local.get $xs) (i32.const 32)) {NORMALS_HIGH})
        (i64x2.lt_s (i64x2.shr_u (local.get $ys) (i32.const 32)) {EXPONENT_MAX_HIGH}))))
      (i32.shl
        (i32.eqz (i64x2.all_true
          (i64x2.lt_s (i64x2.shr_u (local.get $scales) (i32.const 32)) {SCALE_MAX_HIGH})))
        (i32.const 1)))))
