"""Words that stand before a head without naming anything: 次の公式, 与えられた関数, “the following formula”, “the total number”.

Ours, gathered from the development part of the corpus and from ordinary usage. What is in none of these lists and in no lexicon is what
`terms` calls unattested.
"""

from __future__ import annotations

__all__ = ["COUNTED_JA", "EVERYDAY_EN", "HOMOPHONES_JA", "MODIFIERS_JA", "ORDINARY_EN", "QUANTITIES_JA", "STOP_EN"]

MODIFIERS_JA = tuple(
    """各 全 同 両 本 与 該 総 約 計 毎 第 次 元 新 旧 他 別 何 数 上記 下記 以下 以上 上 下 左 右 前 後 今 最初 最後 最終 中間 途中 前述 後述 今回 前回 通常 一般 一般的 特殊 特別 特定
    任意 既知 未知 基本 基本的 基礎 重要 簡単 単純 複雑 必要 可能 不可能 対象 対応 該当 同様 同種 同一 共通 固有 独自 有名 典型 典型的 代表的 標準 標準的 連続 離散 有限 無限 最大 最小 最適
    全体 部分 定義 宣言 入力 出力 設定 数字 左側 右側 内側 外側 使用 適用 平均 合計 合成 残り 元々 実際 現在 以前 以後 直前 直後 先頭 末尾 偶数番 奇数番 偶数 奇数 正 負 整数 自然数 実数 有理数 複素 複素数 実 値 定数 係数 変数 未知数 連立 等価 同値 逆 裏 対偶
    左辺 右辺 両辺 分子 分母 問題 問題文 条件 解答 解 答え 題意 仮定 結論 上式 下式 与式 漸化 二 三 四 五 六 七 八 九 十 一 二つ 三つ 複数 単一 単独 双方 相互 個々 個別 具体的 抽象的 数学 数学的 代数的
    幾何学的 解析的 初等 高等 初等的 古典 古典的 近代 現代 線形 非線形 多変数 一変数 2変数 変形後 変形 展開 整理後 整理 代入後 代入 計算 計算用 使用 利用 関連 関係 拡張 縮小 制約 目的 新しい 大小 大 小 多 少 高 低
    長 短 内 外 中 主 副 準 非 反 半 逆 擬 超 再 未 不 無 有 等 的 用 式 型 形 系 系列 番目 項目 項 個 回 年 月 日 時 分 秒 円 人 本 枚 点 辺 角 面 次元 階 重 変 乗 倍""".split()
)
QUANTITIES_JA = frozenset(
    """時間 速さ 距離 道のり 個数 人数 枚数 本数 料金 値段 代金 金額 利益 売上 重さ 長さ 高さ 深さ 幅 広さ 大きさ 面積 表面積 体積 容積 周 周の長さ 角度 傾き 切片 割合 平均 合計 和 差 積 商 余り
    解 根 確率 期待値 分散 標準偏差 数 値 濃度 密度 仕事量 温度 年齢 公約数 公倍数 一般項 項 面 辺 直線 円 球 点 接線 法線 頂点 対角線""".split()
)
"""Things that everybody gives formulas and equations for."""
COUNTED_JA = (
    "者|人|員|客|名|生徒|児童|学生|社員|子供|子ども|男子|女子|男性|女性|動物|品|物|車|船|机|椅子|本|枚|匹|頭|羽|台|冊|箱|袋|回|度|点|個|辺|角|面|頂点|色|組|班|列|行|段|桁|項|群|校|店|社|国"
    "|年|月|日|週|時間|分|秒|歩|周|往復|試合|対戦|勝|敗|投票|票|得票|正解|正答|誤答|問|題|設問|参加|乗車|乗客|入場|来場|座席|席|部屋|室|階|玉|球|札|カード|コイン|サイコロ|りんご|みかん|ボール|ノート|鉛筆"
    "|切手|チケット|ページ|ステップ|パターン|場合|通り|組合せ|組み合わせ|並べ方|選び方|経路|候補|要素|元|文字|単語|語|行程|工程|手順|反復|試行|成功|失敗|合格|当選|処理|販売|購入|注文|在庫|生産|製造"
    "|必要|所要|残り|残|余り|最大|最小|合計|総|全|延べ|平均|登録|予約|応募|訪問|利用|使用|移動|交換|分割|繰り返し|ループ|データ|標本|サンプル|ペア|グループ|クラス|チーム|円|線|直線|交点|解|根"
)
HOMOPHONES_JA = tuple(
    """弦玄原限現源減言元源 偏変編辺片返遍 式識色敷 角各核確格覚拡郭 積席籍績責石 率律立慄 定庭低停程底抵提訂 理利里裏離履 関間官感観簡漢管環完巻 和話輪 差査左佐 分文聞 公効好高考広項孔向降交校構講
    法方包報放宝 比非被飛避 正成生性制整静精製星 線選専宣千先泉船染 点店展転典天 体対帯待隊 集周収週州終秋 合号豪 群軍郡訓 微美備尾 導道同動働堂童 接設節説切折 相想層総双送早走奏 乗常状情場条 加過果課科価可仮家
    級急求球究給旧吸 階界回開改会海解械介 商証省称章象少小晶 最再細採際祭 題第代台 平併並 均金菌緊禁近 準順純潤 値知置地恥 散参産算山賛 期記機帰季気基希器 標評表票漂氷 母簿墓 複福副復幅腹服 素祖粗組
    因引院員印 倍売買培 約役薬躍 余与予預 系計径係経京刑景 円演延遠園煙 弧個古故固湖庫 錐推垂水酔 柱注中昼駐 数枢吸 値置 多他 例礼令零""".split()
)
"""Kanji of mathematical names with others that are read alike, which is how they are mistyped: 判別識."""
STOP_EN = frozenset(
    """a an the this that these those my your our his her its their some any no each every all both either neither which what whose of in on at by to for from with
    into onto over under between among through within without about as than then and or but nor so if when while since because where after before until unless though although
    is are was were be been being am do does did done has have had having can could may might must shall should will would let lets let's we you i he she it they them us me one
    use uses using used apply applies applying applied find finds finding found get gets getting got give gives gives given giving solve solves solving know knows knowing known
    call calls called denote denotes denoted define defines defined consider considering recall recalling write writes writing written make makes making made take takes taking taken
    see sees seeing seen say says saying said want wants need needs needed satisfy satisfies satisfying form forms forming formed obtain obtains obtaining obtained compute computes computing
    computed calculate calculates calculating calculated add adds adding added subtract subtracting multiply multiplies multiplying multiplied divide divides dividing divided simplify
    simplifies simplifying substitute substitutes substituting rewrite rewriting becomes become represent represents representing express expresses expressed expressing equals equal
    understand understanding determine determines determining describe describes described plug plugging set sets setting check checking verify verifying count counting via per not only just
    also there here thus hence therefore now first next finally again such follows following' contains contain contained has' involve involves involving involved follow followed
    choose choosing multiply' state states stated stating derive derived deriving prove proves proving proved hold holds show shows showing shown mean means meaning yields yield gives'
    comes come leads lead related remember try like unlike called' named establish establishes write' turn turns put puts isolate factor' help helps exactly how why who does' too very
    contradicts contradicting invoke invoking cite citing employ employs employing combine combining combines utilize utilizing utilizes implement implements implementing return returns returning
    print prints printing create creates creating evaluate evaluates evaluating convert converts converting sum' plot graph' name names means' whether even else must' directly immediately easily
    simply similarly likewise instead eventually consequently accordingly moreover furthermore however still already always never often sometimes usually typically generally basically essentially
    respectively together apart up down out off around against along across during throughout upon toward towards beyond beside besides except including include includes excluding exclude""".replace(
        "'", ""
    ).split()
)
ORDINARY_EN = frozenset(
    """digit intermediate python sympy numpy python's sympy's numpy's symbolic closed squared following above below previous preceding next last first second third fourth fifth sixth seventh eighth ninth tenth nth final initial original new old same different other another
    simple basic main key important useful famous well-known known unknown general specific particular special given required desired resulting corresponding respective certain similar
    standard common usual typical appropriate suitable relevant related correct incorrect right wrong proper exact precise approximate estimated actual real-life true false possible impossible
    total whole entire full partial half double triple single multiple several many few more most less least fewer large larger largest small smaller smallest big bigger biggest great greater
    greatest high higher highest low lower lowest long longer longest short shorter shortest maximum minimum maximal minimal optimal average mean overall combined remaining left extra
    additional further current present past future daily weekly monthly yearly annual hourly one two three four five six seven eight nine ten eleven twelve hundred thousand million
    even odd positive negative nonnegative non-negative nonpositive nonzero non-zero zero real complex rational irrational integer whole natural prime composite perfect square cubic two-digit
    three-digit four-digit 2-digit 3-digit one-digit single-digit random arbitrary fixed constant variable unique distinct equal unequal consecutive adjacent opposite alternate such nice
    elementary advanced fundamental classical classic modern direct indirect explicit implicit recursive closed-form simplified expanded factored reduced combined modified updated revised
    valid invalid helpful handy powerful elegant beautiful neat trivial nontrivial non-trivial obvious clear quick easy hard difficult complicated long-winded algebraic geometric' mathematical numerical
    numeric arithmetic' physical theoretical practical formal informal left-hand right-hand upper inner outer winning lucky favorite favourite phone ticket room house page serial
    model order account registration lottery secret mystery magic target starting ending beginning leading trailing dividing divided necessary sufficient needed allowed observed expected'
    entered chosen selected picked drawn rolled remaining' missing visible hidden original' derived obtained computed calculated resultant equivalent underlying associated mentioned said named
    so-called aforementioned corrected whole' exact' finite infinite non-integer vulgar improper mixed proper' bounded unbounded smooth continuous discrete linear nonlinear non-linear quadratic
    invertible increasing decreasing monotonic monotone nonconstant non-constant generic abstract concrete ordinary scalar vector own very usual' beloved trusty little entire' governing master
    counting recursive' iterative repeated successive ratio' cost price profit revenue income demand supply speed distance time height weight length width age temperature""".replace(
        "'", ""
    ).split()
)
EVERYDAY_EN = frozenset(
    """theorem polynomial equation inequality probability permutation combination derivative integral antiderivative logarithm logarithmic exponential exponent trigonometry trigonometric
    hypotenuse triangle triangles rectangle quadrilateral parallelogram trapezoid pentagon hexagon octagon circumference diameter perimeter perpendicular parallel isosceles equilateral
    pythagorean euclidean cartesian quadratic coefficient denominator numerator fraction fractions rational irrational arithmetic geometric geometry progression sequence sequences
    symmetric symmetry asymptote continuous continuity differentiable differentiation integration convergence divergence determinant eigenvalue eigenvalues eigenvector matrices
    orthogonal commutative associative distributive congruence congruent divisibility divisible factorial factorization binomial multinomial independent expectation variance deviation
    hypothesis distribution substitution multiplication subtraction multiplicity multiplicative discriminant intersection tangent bisector circumcircle incircle circumcenter
    orthocenter centroid parabola hyperbola ellipse algebraic calculus recurrence recursive induction contradiction
    binominal calculous commination contiguity contiguous dimeter eclipse euclidian faction factions factorisation fractious friction frictions hypotheses indiction interjection matrixes
    provability valiance""".split()
)
"""Words that models spell wrong. The last two lines are all words of Debian's large British and American lists that one edit makes of
one of the others, elsewhere than at the end."""
