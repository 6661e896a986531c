"""The top-level domains by which Telegram knows a bare name for a link; of TDLib's 1,500 those that people paste."""

_OF_COUNTRIES = """
ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca
cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr
ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm
jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq
mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa
re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn
to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw рф
"""
_OTHERS = """
academy africa agency app apple art asia baby bank bar beauty beer berlin best bet bid bio biz blog business
cafe capital care cat center chat city click cloud club codes coffee com community company cool deals design
dev digital directory discount dog download edu email engineering estate events expert family fashion film
finance fitness fun fund gallery game games google gov group guru health help host house icu info jobs kids
kitchen land life link live lol london love market marketing media men mobi moe money moscow mov movie museum
music name net network news ninja nyc one online org page paris party photo photography photos pics pizza plus
press pro promo radio restaurant review reviews rocks sale school science services shop show site social
software solutions space store stream studio style support systems tatar team tech tel today tokyo tools top
travel tube ventures video vip vodka website wiki win wine work works world wtf xyz youtube zip дети москва
онлайн орг рус сайт
"""
TOP_LEVEL = frozenset(f"{_OF_COUNTRIES} {_OTHERS}".split())
