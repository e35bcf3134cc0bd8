"""Names of cities, countries and regions in English and Chinese, each under one name, with their kind."""

from __future__ import annotations

# English name (aliases after |), Chinese name (aliases after |).
_CITIES = """
beijing|peking 北京|北京市;shanghai 上海|上海市;guangzhou|canton 广州|广州市;shenzhen 深圳|深圳市;hangzhou 杭州|杭州市
chengdu 成都|成都市;chongqing 重庆|重庆市;wuhan 武汉|武汉市;nanjing 南京|南京市;tianjin 天津|天津市;suzhou 苏州|苏州市
xi'an|xian 西安|西安市;changsha 长沙|长沙市;zhengzhou 郑州;qingdao 青岛;dalian 大连;xiamen 厦门;ningbo 宁波
kunming 昆明;harbin 哈尔滨;shenyang 沈阳;jinan 济南;hefei 合肥;fuzhou 福州;nanchang 南昌;guiyang 贵阳;nanning 南宁
taiyuan 太原;lanzhou 兰州;urumqi 乌鲁木齐;lhasa 拉萨;sanya 三亚;haikou 海口;zhuhai 珠海;dongguan 东莞;foshan 佛山
wuxi 无锡;guilin 桂林;lijiang 丽江;dali 大理;luoyang 洛阳;yangzhou 扬州;shaoxing 绍兴;taipei 台北;kaohsiung 高雄
hong_kong 香港;macau|macao 澳门;tokyo 东京;osaka 大阪;kyoto 京都;sapporo 札幌;fukuoka 福冈;nagoya 名古屋;yokohama 横滨
okinawa 冲绳;hokkaido 北海道;seoul 首尔;busan 釜山;bangkok 曼谷;chiang_mai 清迈;phuket 普吉岛|普吉;hanoi 河内
kuala_lumpur 吉隆坡;jakarta 雅加达;bali 巴厘岛;manila 马尼拉;delhi|new_delhi 新德里|德里;mumbai 孟买
bangalore|bengaluru 班加罗尔;dubai 迪拜;istanbul 伊斯坦布尔;tehran 德黑兰;cairo 开罗;nairobi 内罗毕;london 伦敦
paris 巴黎;berlin 柏林;munich 慕尼黑;hamburg 汉堡;frankfurt 法兰克福;vienna 维也纳;zurich 苏黎世;geneva 日内瓦
rome 罗马;milan 米兰;venice 威尼斯;florence 佛罗伦萨;barcelona 巴塞罗那;madrid 马德里;lisbon 里斯本
amsterdam 阿姆斯特丹;brussels 布鲁塞尔;prague 布拉格;budapest 布达佩斯;warsaw 华沙;athens 雅典;dublin 都柏林
edinburgh 爱丁堡;manchester 曼彻斯特;copenhagen 哥本哈根;stockholm 斯德哥尔摩;oslo 奥斯陆;helsinki 赫尔辛基
reykjavik 雷克雅未克;moscow 莫斯科;new_york|nyc|new_york_city 纽约;los_angeles|la_city 洛杉矶;san_francisco 旧金山
chicago 芝加哥;boston 波士顿;seattle 西雅图;washington 华盛顿;houston 休斯顿;dallas 达拉斯;austin 奥斯汀;miami 迈阿密
denver 丹佛;portland 波特兰;san_diego 圣地亚哥;las_vegas 拉斯维加斯;philadelphia 费城;atlanta 亚特兰大;toronto 多伦多
vancouver 温哥华;montreal 蒙特利尔;mexico_city 墨西哥城;sydney 悉尼;melbourne 墨尔本;brisbane 布里斯班;perth 珀斯
auckland 奥克兰
"""
_COUNTRIES = """
china|chinese|mandarin 中国|中文|汉语|普通话;japan|japanese 日本|日语|日文;korea|korean|south_korea 韩国|韩语|韩文
france|french 法国|法语|法文;germany|german 德国|德语|德文;italy|italian 意大利|意大利语;spain|spanish 西班牙|西班牙语
portugal|portuguese 葡萄牙|葡萄牙语;uk|united_kingdom|britain|british|england 英国;english 英语|英文
usa|us|america|american|united_states 美国;canada|canadian 加拿大;australia|australian 澳大利亚|澳洲
new_zealand 新西兰;india|indian|hindi 印度;thailand|thai 泰国|泰语;vietnam|vietnamese 越南;singapore 新加坡
malaysia|malaysian 马来西亚;indonesia|indonesian 印度尼西亚|印尼;philippines|filipino 菲律宾
russia|russian 俄罗斯|俄国|俄语;turkey|turkish 土耳其;greece|greek 希腊;sweden|swedish 瑞典;norway|norwegian 挪威
denmark|danish 丹麦;finland|finnish 芬兰;iceland 冰岛;netherlands|dutch|holland 荷兰;belgium|belgian 比利时
switzerland|swiss 瑞士;austria|austrian 奥地利;poland|polish 波兰;ireland|irish 爱尔兰;mexico|mexican 墨西哥
brazil|brazilian 巴西;argentina 阿根廷;egypt|egyptian 埃及;kenya 肯尼亚;south_africa 南非;morocco|moroccan 摩洛哥
israel 以色列;cantonese 粤语|广东话;taiwan|taiwanese 台湾
"""
_REGIONS = """
sichuan|szechuan 四川|四川省|川菜;hunan 湖南|湖南省|湘菜;guangdong 广东|广东省|粤菜;zhejiang 浙江|浙江省
jiangsu 江苏|江苏省;shandong 山东|山东省;henan 河南|河南省;hebei 河北|河北省;hubei 湖北|湖北省;anhui 安徽|安徽省
fujian 福建|福建省;yunnan 云南|云南省;guizhou 贵州|贵州省;guangxi 广西;liaoning 辽宁;jilin 吉林;heilongjiang 黑龙江
shaanxi 陕西;shanxi 山西;gansu 甘肃;xinjiang 新疆;tibet 西藏;hainan 海南;inner_mongolia 内蒙古
california 加州|加利福尼亚;texas 德州|得克萨斯;florida 佛罗里达;hawaii 夏威夷;provence 普罗旺斯;tuscany 托斯卡纳
europe|european 欧洲;asia|asian 亚洲;africa|african 非洲
"""


def _named(table: str) -> tuple[dict[str, str], dict[str, str]]:
    """English and Chinese aliases to the one name."""
    english: dict[str, str] = {}
    chinese: dict[str, str] = {}
    for entry in table.replace("\n", ";").split(";"):
        if entry:
            latin, _, han = entry.partition(" ")
            names = [name.replace("_", " ") for name in latin.split("|")]
            english |= dict.fromkeys(names, names[0])
            chinese |= dict.fromkeys(han.split("|") if han else (), names[0])
    return english, chinese


ENGLISH: dict[str, str] = {}
CHINESE: dict[str, str] = {}
KIND: dict[str, str] = {}
for _kind, _table in (("city", _CITIES), ("country", _COUNTRIES), ("region", _REGIONS)):
    _english, _chinese = _named(_table)
    ENGLISH |= _english
    CHINESE |= _chinese
    KIND |= dict.fromkeys(_english.values(), _kind)
