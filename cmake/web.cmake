# The report page: web/ (TypeScript) is built by npm into one HTML file, which the library embeds.
# Sets EH_REPORT_TEMPLATE, the file to embed, and the target report_template that makes it.
set(web "${PROJECT_SOURCE_DIR}/web")
set(EH_REPORT_PAGE "" CACHE FILEPATH "A report page that was built elsewhere, taken as it is, without npm")

if(EH_REPORT_PAGE)
    set(EH_REPORT_TEMPLATE "${EH_REPORT_PAGE}")
elseif(EXISTS "${web}/build.mjs")
    find_program(EH_NPM npm REQUIRED)
    set(EH_REPORT_TEMPLATE "${web}/dist/report_template.html")
    set(npm_stamp "${web}/node_modules/.package-lock.json")
    file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS "${web}/src/*")
    file(GLOB web_settings CONFIGURE_DEPENDS "${web}/*.json" "${web}/*.mjs" "${web}/*.js" "${web}/*.ts" "${web}/*.html")
    # Both presets share web/node_modules and web/dist, so the second build finds them done.
    add_custom_command(OUTPUT "${npm_stamp}"
        COMMAND "${EH_NPM}" ci --ignore-scripts --no-audit --no-fund
        COMMAND "${CMAKE_COMMAND}" -E touch "${npm_stamp}"
        DEPENDS "${web}/package.json" "${web}/package-lock.json"
        WORKING_DIRECTORY "${web}" COMMENT "Fetching the report page's packages (npm ci)" VERBATIM)
    add_custom_command(OUTPUT "${EH_REPORT_TEMPLATE}"
        COMMAND "${EH_NPM}" run --silent build
        COMMAND "${CMAKE_COMMAND}" -E touch "${EH_REPORT_TEMPLATE}"
        DEPENDS ${web_sources} ${web_settings} "${npm_stamp}"
        WORKING_DIRECTORY "${web}" COMMENT "Building the report page (npm run build)" VERBATIM)
else()
    set(EH_REPORT_TEMPLATE "${PROJECT_BINARY_DIR}/report_template.html")
    file(CONFIGURE OUTPUT "${EH_REPORT_TEMPLATE}" CONTENT
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>evenhand</title></html>\n")
endif()
add_custom_target(report_template DEPENDS "${EH_REPORT_TEMPLATE}")
